variable "name" {
  description = "Name of the worker and of everything that belongs to it."
  type        = string
  default     = "phinder"
}

variable "vpc_id" {
  description = "The VPC of the subnet."
  type        = string
}

variable "subnet_id" {
  description = "A private subnet: one without a route from the internet."
  type        = string
}

variable "route_table_ids" {
  description = "Route tables of the subnet; they get the way to S3."
  type        = list(string)
}

variable "interface_endpoints" {
  description = "Services of AWS that the worker reaches without the internet. Leave out those that the VPC has already. Add those that are used: secretsmanager, securityhub, events, sns, sqs, rds."
  type        = set(string)
  default     = ["ssm", "ssmmessages", "ec2messages", "sts", "kms", "logs"]
}

variable "egress_cidr_blocks" {
  description = "Where the worker may connect to, on the ports of egress_ports, besides the endpoints: databases, Jira through a NAT gateway. None if left out."
  type        = list(string)
  default     = []
}

variable "egress_ports" {
  description = "Ports for egress_cidr_blocks."
  type        = set(number)
  default     = [443]
}

variable "instance_type" {
  description = "A scan uses all cores and about 1 GiB of memory for each four of them. The program is built for the architecture of the instance."
  type        = string
  default     = "c7g.xlarge"
}

variable "architecture" {
  description = "arm64 or x86_64, as the instance type has it."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "The architecture is arm64 or x86_64."
  }
}

variable "is_spot" {
  description = "A Spot instance costs less, and may be interrupted: set watch_spot in [serve]. It is stopped then and started again when there is capacity."
  type        = bool
  default     = false
}

variable "disk_gib" {
  description = "Size of the disk: the ledger takes about 1 GiB for each two million objects."
  type        = number
  default     = 30
}

variable "kms_key_arn" {
  description = "Key of KMS that encrypts the disk; the key of the account for EBS if left out."
  type        = string
  default     = null
}

variable "artifact_bucket" {
  description = "A bucket that holds the program, the units of deploy/systemd and the configuration, below artifact_prefix."
  type        = string
}

variable "artifact_prefix" {
  description = "Prefix of the keys, with a slash at the end: PREFIX/phinder, PREFIX/phinder.service, PREFIX/phinder.toml."
  type        = string
  default     = "phinder/"
}

variable "policy_json" {
  description = "What the jobs and destinations need: the output of `phinder iam-policy --policy phinder.toml --account ID`."
  type        = string
}

variable "tags" {
  description = "Tags of everything."
  type        = map(string)
  default     = {}
}
