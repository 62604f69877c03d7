//! Where requests may go: HTTPS (plain HTTP on the machine itself), and never to the link-local addresses that give cloud
//! credentials to whoever asks.

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The URL of a service: HTTPS, or HTTP on the machine itself, without a login in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ServiceUrl(pub Url);

impl TryFrom<String> for ServiceUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut url = Url::parse(&text).map_err(|error| format!("it is no URL ({error})"))?;
        let is_local = match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => return Err("the URL has no host".to_owned()),
        };
        if url.scheme() != "https" && !(url.scheme() == "http" && is_local) {
            return Err("a service is reached by https:// only; http:// is for this machine".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("a login must not stand in the URL; use the keys for it".to_owned());
        }
        // What is joined to it comes below it.
        if !url.path().ends_with('/') && url.query().is_none() {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self(url))
    }
}

impl ServiceUrl {
    /// One of the program's own constants.
    pub fn constant(text: &'static str) -> Result<Self, String> {
        Self::try_from(text.to_owned())
    }

    /// A place below it. `path` is of the program, never of data.
    pub fn at(&self, path: &str) -> Url {
        self.0.join(path).unwrap_or_else(|_| self.0.clone())
    }

    /// The URL as it was meant, where it is a whole endpoint and nothing is joined to it.
    pub fn endpoint(&self) -> Url {
        let mut url = self.0.clone();
        if let Some(path) = url.path().strip_suffix('/').filter(|path| !path.is_empty()).map(str::to_owned) {
            url.set_path(&path);
        }
        url
    }
}

/// Whether an address is one that only the machine's own link, or its cloud, answers.
pub fn is_link_local(address: IpAddr) -> bool {
    // Addresses of metadata services that do not lie in the link-local ranges.
    const METADATA_V4: [Ipv4Addr; 2] = [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16)];
    match address {
        IpAddr::V4(address) => address.is_link_local() || address.is_unspecified() || METADATA_V4.contains(&address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => is_link_local(mapped.into()),
            None => address.is_unicast_link_local() || address.is_unspecified() || is_aws_metadata(address),
        },
    }
}

/// `fd00:ec2::/32`.
fn is_aws_metadata(address: Ipv6Addr) -> bool {
    address.segments()[..2] == [0xfd00, 0x0ec2]
}

/// Whether the host of a URL is such an address by itself.
pub fn names_link_local(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => is_link_local(address.into()),
        Some(url::Host::Ipv6(address)) => is_link_local(address.into()),
        _ => false,
    }
}

/// Resolves names, and leaves out addresses that must not be reached: a name can point anywhere.
pub struct GuardedResolver;

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let all = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let kept: Vec<SocketAddr> = all.filter(|address| !is_link_local(address.ip())).collect();
            if kept.is_empty() {
                return Err(format!("{} has no address that may be reached", name.as_str()).into());
            }
            Ok(Box::new(kept.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Result<ServiceUrl, String> {
        ServiceUrl::try_from(text.to_owned())
    }

    #[test]
    fn a_service_is_reached_by_https() {
        assert_eq!(
            url("https://x.example.org/jira").unwrap().at("rest/api").as_str(),
            "https://x.example.org/jira/rest/api"
        );
        assert_eq!(url("https://x.example.org/hook").unwrap().endpoint().as_str(), "https://x.example.org/hook");
        assert_eq!(url("https://x.example.org").unwrap().endpoint().as_str(), "https://x.example.org/");
        assert!(url("http://127.0.0.1:8080").is_ok() && url("http://localhost:1/x").is_ok());
        for bad in
            ["http://x.example.org", "ftp://x", "x.example.org", "https://me:secret@x.example.org", "http://10.0.0.1"]
        {
            assert!(url(bad).is_err(), "{bad}");
        }
        assert!(!url("https://me:hunter2@x").unwrap_err().contains("hunter2"));
    }

    #[test]
    fn metadata_is_not_reached_however_it_is_written() {
        for bad in [
            "https://169.254.169.254/",
            "https://2852039166/latest",
            "https://0xa9fea9fe/",
            "https://[fd00:ec2::254]/",
            "https://[::ffff:169.254.169.254]/",
            "https://[fe80::1]/",
            "https://100.100.100.200/",
        ] {
            assert!(names_link_local(&url(bad).unwrap().0), "{bad}");
        }
        for good in ["https://10.0.0.1/", "https://127.0.0.1/", "https://[2001:db8::1]/", "https://x.example.org/"] {
            assert!(!names_link_local(&url(good).unwrap().0), "{good}");
        }
    }
}
