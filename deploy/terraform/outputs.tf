output "instance_id" {
  description = "The worker: `aws ssm start-session --target ID` opens a shell on it."
  value       = aws_instance.worker.id
}

output "role_arn" {
  description = "The role that buckets, keys and secrets of other accounts must let in."
  value       = aws_iam_role.worker.arn
}

output "security_group_id" {
  description = "The group that databases must let in."
  value       = aws_security_group.worker.id
}
