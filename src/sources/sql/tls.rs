//! TLS towards databases: verified against the system's certificates or a given file; unverified for hosts that the
//! user named, and for no others.

use super::DatabaseOptions;
use crate::model::{ReadError, Reason};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::path::Path;
use std::sync::Arc;

/// Where Amazon keeps the certificates of the authorities of RDS.
const RDS_BUNDLE: &str = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem";

/// A configuration that verifies the server's name and certificate.
pub(super) fn verified(ca_file: Option<&Path>) -> Result<ClientConfig, ReadError> {
    let failed = |problem: String| ReadError::new(Reason::Insecure, problem);
    let mut roots = RootCertStore::empty();
    match ca_file {
        Some(path) => {
            let certificates = CertificateDer::pem_file_iter(path)
                .map_err(|error| failed(format!("cannot read {}: {error}", path.display())))?;
            for certificate in certificates {
                let certificate = certificate
                    .map_err(|error| failed(format!("{} is no list of certificates: {error}", path.display())))?;
                roots
                    .add(certificate)
                    .map_err(|error| failed(format!("a certificate of {}: {error}", path.display())))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err(failed("there are no certificates to verify the server against".to_owned()));
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| failed(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// The error of a connection, with what to do where it is to a server of RDS: the authorities of RDS are those of no system.
pub(super) fn advised(error: ReadError, host: &str, options: &DatabaseOptions) -> ReadError {
    let host = host.to_ascii_lowercase();
    let is_rds = [".rds.amazonaws.com", ".rds.amazonaws.com.cn"].iter().any(|domain| host.ends_with(domain));
    if error.reason != Reason::Insecure || options.ca_file.is_some() || !is_rds {
        return error;
    }
    let detail = format!(
        "{}; fetch the certificates of RDS (curl -O {RDS_BUNDLE}) and give --db-ca global-bundle.pem",
        error.detail
    );
    ReadError::new(error.reason, detail)
}

/// A configuration that takes whoever answers.
pub(super) fn unverified() -> Result<ClientConfig, ReadError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| ReadError::new(Reason::Insecure, error.to_string()))?;
    let verifier = Arc::new(Anybody(provider));
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// Verifies that the server holds the key of its certificate, and not whose it is.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_of_rds_that_nobody_vouches_for_come_with_advice() {
        let told = |reason, host: &str, ca_file: Option<&str>| {
            let options = DatabaseOptions { ca_file: ca_file.map(Into::into), ..DatabaseOptions::default() };
            advised(ReadError::new(reason, "unknown issuer"), host, &options).detail
        };
        let host = "clinic.abc123.us-east-1.rds.amazonaws.com";
        assert!(told(Reason::Insecure, host, None).ends_with("global-bundle.pem) and give --db-ca global-bundle.pem"));
        for (reason, host, ca_file) in [
            (Reason::ConnectionFailed, host, None),
            (Reason::Insecure, host, Some("other.pem")),
            (Reason::Insecure, "db.example.org", None),
        ] {
            assert_eq!(told(reason, host, ca_file), "unknown issuer");
        }
    }
}
