//! Whom nodedown believes over TLS: what the system believes, a certificate authority, or certificates by their digest.
//! Checking cannot be turned off.

use std::fmt::{self, Display, Formatter};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::address::parts;
use super::message::Message;

/// Whom to believe behind `https`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Trust {
    /// The certificate authorities of the system.
    #[default]
    System,
    /// These certificate authorities and no others.
    Authority {
        /// Their certificates, PEM.
        pem: String,
    },
    /// Exactly these certificates, whatever name and dates they bear.
    Pinned {
        /// Their digests.
        pins: Vec<Pin>,
    },
}

/// SHA-256 of a certificate (DER), 64 hexadecimal digits in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pin(String);

/// Why a trust cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTrust {
    /// No certificate in PEM.
    #[error(
        "this is not a CA certificate: PEM is needed, which begins with -----BEGIN CERTIFICATE-----, at most 256 KiB"
    )]
    Authority,
    /// A private key among it.
    #[error("there is a private key in it: only certificates belong here")]
    PrivateKey,
    /// No digest.
    #[error("a pin is the SHA-256 of a certificate: 64 hexadecimal digits, with or without colons")]
    Pin,
    /// Both.
    #[error("give either a CA or pins: with a pin the CA is not asked")]
    Both,
}

impl NoTrust {
    /// For a form.
    #[must_use]
    pub fn message(self) -> Message {
        Message::new(match self {
            Self::Authority => "trust-form-ca",
            Self::PrivateKey => "trust-form-private-key",
            Self::Pin => "trust-form-pin",
            Self::Both => "trust-form-both",
        })
    }
}

impl Trust {
    /// Most bytes of the certificates of authorities.
    pub const MOST_BYTES: usize = 256 * 1024;

    /// Most pins.
    const MOST_PINS: usize = 64;

    /// From the text of a PEM file and from pins divided by line ends, commas or spaces; both empty: the system.
    ///
    /// # Errors
    /// What of it is wrong.
    pub fn parse(ca: &str, pins: &str) -> Result<Self, NoTrust> {
        if [ca, pins].iter().any(|text| text.contains("PRIVATE KEY-----")) {
            return Err(NoTrust::PrivateKey);
        }
        let pins: Vec<Pin> = parts(pins).map(|pin| Pin::parse(pin).ok_or(NoTrust::Pin)).collect::<Result<_, _>>()?;
        match (ca.trim(), pins.is_empty()) {
            ("", true) => Ok(Self::System),
            ("", false) if pins.len() <= Self::MOST_PINS => Ok(Self::Pinned { pins }),
            ("", false) => Err(NoTrust::Pin),
            (_, false) => Err(NoTrust::Both),
            (pem, true) => {
                let known = pem.len() <= Self::MOST_BYTES && certificates(pem).is_some_and(|list| !list.is_empty());
                if known { Ok(Self::Authority { pem: pem.to_owned() }) } else { Err(NoTrust::Authority) }
            }
        }
    }

    /// True if nothing was set.
    #[must_use]
    pub const fn is_system(&self) -> bool {
        matches!(self, Self::System)
    }

    /// The certificates of the authorities, DER; none where there is none or what is stored is none.
    #[must_use]
    pub fn authorities(&self) -> Vec<Vec<u8>> {
        match self {
            Self::Authority { pem } => certificates(pem).unwrap_or_default(),
            Self::System | Self::Pinned { .. } => Vec::new(),
        }
    }

    /// The two fields that [`Self::parse`] reads.
    #[must_use]
    pub fn fields(&self) -> (String, String) {
        match self {
            Self::System => (String::new(), String::new()),
            Self::Authority { pem } => (pem.clone(), String::new()),
            Self::Pinned { pins } => {
                (String::new(), pins.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
            }
        }
    }
}

impl Pin {
    /// Reads 64 hexadecimal digits, with or without colons.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.trim().chars().filter(|c| *c != ':').map(|c| c.to_ascii_lowercase()).collect();
        (digits.len() == 64 && digits.chars().all(|c| c.is_ascii_hexdigit())).then_some(Self(digits))
    }

    /// The digest, in lower case without colons.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }
}

/// With colons, as `openssl x509 -fingerprint -sha256` prints it.
impl Display for Pin {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let pairs = self.0.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).to_ascii_uppercase());
        f.write_str(&pairs.collect::<Vec<_>>().join(":"))
    }
}

/// The certificates of a PEM file, DER; `None` if one of them is broken.
fn certificates(pem: &str) -> Option<Vec<Vec<u8>>> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    let mut list = Vec::new();
    let mut rest = pem;
    while let Some((_, after)) = rest.split_once(BEGIN) {
        let (body, after) = after.split_once(END)?;
        let packed: String = body.chars().filter(|c| !c.is_whitespace()).collect();
        // Every certificate is a sequence.
        list.push(BASE64.decode(packed).ok().filter(|der| der.first() == Some(&0x30))?);
        rest = after;
    }
    Some(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = "what openssl says\n-----BEGIN CERTIFICATE-----\nMAMC\r\nAQE=\n-----END CERTIFICATE-----\n";

    #[test]
    fn what_is_set_is_read_and_shown_the_same() {
        let digest = "ab".repeat(32);
        let colons = vec!["AB"; 32].join(":");
        for (ca, pins) in [("", ""), (PEM.trim(), ""), ("", colons.as_str())] {
            let trust = Trust::parse(ca, pins).expect("trust");
            assert_eq!(trust.fields(), (ca.to_owned(), pins.to_owned()));
            let stored = serde_json::to_string(&trust).expect("JSON");
            assert_eq!(serde_json::from_str::<Trust>(&stored).expect("read back"), trust);
        }
        assert_eq!(Pin::parse(&digest).map(|pin| pin.to_string()), Some(colons));
        assert_eq!(Trust::parse(PEM, "").expect("an authority").authorities(), [vec![0x30, 3, 2, 1, 1]]);
    }

    #[test]
    fn what_is_no_trust_is_refused() {
        let broken = PEM.replace("MAMC", "M!MC");
        for (ca, pins, why) in [
            ("hello", "", NoTrust::Authority),
            (broken.as_str(), "", NoTrust::Authority),
            ("-----BEGIN CERTIFICATE-----\nMAMC", "", NoTrust::Authority),
            ("-----BEGIN RSA PRIVATE KEY-----\nMAMC\n-----END RSA PRIVATE KEY-----", "", NoTrust::PrivateKey),
            ("", "abc", NoTrust::Pin),
            ("", &"xy".repeat(32), NoTrust::Pin),
            (PEM, &"ab".repeat(32), NoTrust::Both),
            ("-----BEGIN PRIVATE KEY-----\nMAMC\n-----END PRIVATE KEY-----", &"ab".repeat(32), NoTrust::PrivateKey),
            ("-----BEGIN PRIVATE KEY-----\nMAMC\n-----END PRIVATE KEY-----", "abc", NoTrust::PrivateKey),
            ("", "-----BEGIN PRIVATE KEY-----\nMAMC\n-----END PRIVATE KEY-----", NoTrust::PrivateKey),
        ] {
            assert_eq!(Trust::parse(ca, pins), Err(why), "{ca} {pins}");
        }
    }
}
