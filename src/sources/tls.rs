//! Who is believed over TLS, and what a certificate that is not believed looks like to the person who has to decide.
//!
//! # Why
//! A verifier of our own, around that of the TLS code or in its place, because the reason has to name the certificate: its
//! digest is what a person compares and pins. With a pin the certificate itself is the proof, so that neither its name nor
//! its dates are looked at; that the other side holds its key is checked in every case. The system's authorities are read
//! when the first `https` is asked and not before.

use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme,
};
use sha2::{Digest, Sha256};

use crate::domain::trust::{Pin, Trust};
use crate::sources::distrust::{Distrust, Flaw};

/// How TLS is spoken with what is believed.
///
/// # Errors
/// The words of the TLS code, if it takes none of that.
pub(super) fn config(trust: &Trust) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier { trust: trust.clone(), provider: Arc::clone(&provider), inner: OnceLock::new() };
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        // The name of it: a verifier of one's own. It only adds to what is checked, or checks a digest in its place.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// False if there is nothing to believe in what is set: a stored text may hold no certificate that can be read.
#[must_use]
pub(super) fn is_usable(trust: &Trust) -> bool {
    match trust {
        Trust::System => true,
        Trust::Pinned { pins } => !pins.is_empty(),
        Trust::Authority { .. } => {
            let certificates = trust.authorities().into_iter().map(CertificateDer::from);
            RootCertStore::empty().add_parsable_certificates(certificates).0 > 0
        }
    }
}

/// The first words of TLS, for a port that may speak it.
#[must_use]
pub(super) fn hello() -> Vec<u8> {
    let mut words = Vec::new();
    let connection = config(&Trust::System).ok().and_then(|config| {
        let name = ServerName::try_from("nodedown.invalid").ok()?;
        ClientConnection::new(Arc::new(config), name).ok()
    });
    if let Some(mut connection) = connection {
        // Into memory: it cannot fail, and no words are no hello.
        let _ = connection.write_tls(&mut words);
    }
    words
}

/// Asks the verifier of the TLS code, or compares with the pins.
#[derive(Debug)]
struct Verifier {
    trust: Trust,
    provider: Arc<CryptoProvider>,
    inner: OnceLock<Option<Arc<WebPkiServerVerifier>>>,
}

impl Verifier {
    /// The verifier over the authorities that are believed; `None` where there is none.
    fn inner(&self) -> Option<&Arc<WebPkiServerVerifier>> {
        self.inner
            .get_or_init(|| {
                let mut roots = RootCertStore::empty();
                match &self.trust {
                    Trust::System => {
                        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                    }
                    trust => {
                        roots.add_parsable_certificates(trust.authorities().into_iter().map(CertificateDer::from));
                    }
                }
                WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&self.provider)).build().ok()
            })
            .as_ref()
    }

    fn check(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<(), Flaw> {
        if let Trust::Pinned { pins } = &self.trust {
            let digest = hex::encode(Sha256::digest(end_entity));
            return if pins.iter().any(|pin| pin.digits() == digest) { Ok(()) } else { Err(Flaw::Pin) };
        }
        let inner = self.inner().ok_or(Flaw::Issuer)?;
        match inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Ok(_) => Ok(()),
            Err(rustls::Error::InvalidCertificate(error)) => Err(flaw(&error, server_name)),
            Err(error) => Err(Flaw::Other { why: error.to_string() }),
        }
    }
}

fn flaw(error: &CertificateError, server_name: &ServerName<'_>) -> Flaw {
    match error {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => Flaw::Issuer,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Flaw::Name { host: server_name.to_str().into_owned() }
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Flaw::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Flaw::NotYet,
        other => Flaw::Other { why: rustls::Error::InvalidCertificate(other.clone()).to_string() },
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self.check(end_entity, intermediates, server_name, ocsp_response, now) {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(flaw) => {
                let distrust = presented(end_entity, flaw);
                Err(rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(distrust)))))
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// What a person needs to decide about a certificate.
fn presented(der: &CertificateDer<'_>, flaw: Flaw) -> Distrust {
    let digest = hex::encode(Sha256::digest(der));
    let parsed = webpki::EndEntityCert::try_from(der).ok();
    let named = |name: Option<&[u8]>| name.and_then(common_name).unwrap_or_else(|| "–".to_owned());
    Distrust::Certificate {
        flaw,
        sha256: Pin::parse(&digest).map_or(digest, |pin| pin.to_string()),
        subject: named(parsed.as_ref().map(|cert| cert.subject())),
        issuer: named(parsed.as_ref().map(|cert| cert.issuer())),
    }
}

/// The common name in a distinguished name: the text behind its object identifier, of less than 128 bytes. Anybody may have
/// written it, so that only its printable part is kept.
fn common_name(name: &[u8]) -> Option<String> {
    const COMMON_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x03];
    let at = name.windows(COMMON_NAME.len()).position(|window| window == COMMON_NAME)? + COMMON_NAME.len();
    let length = usize::from(*name.get(at + 1)?);
    let text = String::from_utf8_lossy(name.get(at + 2..(at + 2).checked_add(length)?)?).into_owned();
    let text: String = text.chars().filter(|c| !c.is_control()).take(100).collect();
    (length < 0x80 && !text.trim().is_empty()).then_some(text)
}

/// What of a failed connection is told by TLS.
pub(super) fn distrust(error: &rustls::Error) -> Distrust {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) => {
            let own = inner.downcast_ref::<Distrust>().cloned();
            own.unwrap_or_else(|| Distrust::Handshake { why: error.to_string() })
        }
        rustls::Error::InvalidMessage(_) => Distrust::NoTls,
        other => Distrust::Handshake { why: other.to_string().chars().take(200).collect() },
    }
}
