//! What leaves this program for people: the only place that posts to chat robots and webhooks and that sends mail.
//!
//! # Why
//! - The address of a robot is a secret: whoever has it can write to the group. It is read when it is used, and no error, log
//!   line or answer repeats it: errors name the host alone.
//! - Robots answer 200 and say in the body that they refused, so [`letter::judge`] reads the body and not only the status.
//! - Unlike requests to nodes these posts may have to leave through a proxy, so the proxy of the environment is used. No
//!   redirect is followed: the text would go to an address that nobody chose.

pub mod letter;
mod mail;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::Url;

use super::secret::Secrets;
use super::{SourceError, tls};
use crate::domain::channel::{Channel, ChannelKind};
use crate::domain::notice::Outcome;
use crate::domain::time::Timestamp;
use crate::domain::trust::Trust;
use letter::Letter;

/// Longest time for one message.
const WITHIN: Duration = Duration::from_secs(15);
/// Most of an answer that is read.
const MOST_ANSWER: usize = 4096;

/// Where a channel sends to, and what it signs with.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// The address.
    pub url: Url,
    /// The secret of the signature; `None`: nothing is signed.
    pub secret: Option<String>,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Address({})", self.host())
    }
}

impl Address {
    /// From what a file or variable holds: the address in the first line, the secret of the signature in the second.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let url = Url::parse(lines.next()?).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
        url.host_str()?;
        let secret = lines.next().map(str::to_owned);
        lines.next().is_none().then_some(Self { url, secret })
    }

    /// What may be named of it: scheme, host and port.
    #[must_use]
    pub fn host(&self) -> String {
        let port = self.url.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://{}{port}", self.url.scheme(), self.url.host_str().unwrap_or("?"))
    }
}

/// What came of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Whether the other side took it.
    pub outcome: Outcome,
    /// Where it went: scheme, host and port.
    pub host: String,
    /// The status of the answer; `None`: there was none.
    pub status: Option<u16>,
    /// What it said, or why nothing was heard; without the address.
    pub said: String,
}

/// Sends messages to people.
#[derive(Clone)]
pub struct Outbound {
    secrets: Secrets,
    /// Built when the first message leaves: that reads the certificates of the system.
    client: Arc<OnceLock<reqwest::Client>>,
}

impl Outbound {
    /// With what may read the addresses.
    #[must_use]
    pub fn new(secrets: Secrets) -> Self {
        Self { secrets, client: Arc::default() }
    }

    /// Sends one message, once.
    ///
    /// # Errors
    /// The address could not be read, or is none.
    pub async fn send(&self, channel: &Channel, letter: &Letter, now: Timestamp) -> Result<Sent, SourceError> {
        let reference = &channel.reference;
        let text = self.secrets.address(reference).await?;
        if let Some(route) = &channel.mail {
            let not_a_server = || SourceError::Denied {
                why: format!(
                    "what {reference} holds is not a mail server: one line with smtps://HOST or smtp://HOST, and if it wants a \
                     login, one line with the user and one with the password"
                ),
            };
            let server = mail::Server::parse(&text).ok_or_else(not_a_server)?;
            return Ok(mail::send(&server, route, letter).await);
        }
        let not_an_address = || SourceError::Denied {
            why: format!(
                "what {reference} holds is not an address: one line with a URL, and a second with a secret if the \
                          channel signs"
            ),
        };
        let address = Address::parse(&text).ok_or_else(not_an_address)?;
        match self.client() {
            Ok(client) => Ok(post(client, channel.kind, &address, letter, now).await),
            Err(why) => Ok(unheard(&address, why)),
        }
    }

    fn client(&self) -> Result<&reqwest::Client, String> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let built = client()?;
        Ok(self.client.get_or_init(|| built))
    }
}

/// Nothing was heard, and why.
fn unheard(address: &Address, why: String) -> Sent {
    Sent { outcome: Outcome::Later, host: address.host(), status: None, said: why }
}

async fn post(client: &reqwest::Client, kind: ChannelKind, address: &Address, letter: &Letter, now: Timestamp) -> Sent {
    let written = letter.write(kind, address, now);
    let mut request =
        client.post(written.url).body(written.body).header("content-type", "application/json; charset=utf-8");
    for (name, value) in written.headers {
        request = request.header(name, value);
    }
    let mut answer = match request.send().await {
        Ok(answer) => answer,
        // Its own words would repeat the address.
        Err(error) => return unheard(address, reason(&error)),
    };
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    while let Ok(Some(piece)) = answer.chunk().await {
        body.extend_from_slice(&piece);
        if body.len() >= MOST_ANSWER {
            body.truncate(MOST_ANSWER);
            break;
        }
    }
    let said = String::from_utf8_lossy(&body).into_owned();
    Sent {
        outcome: letter::judge(kind, status, &said),
        host: address.host(),
        status: Some(status),
        said: without(&said, address),
    }
}

/// An answer without what is secret in the address: some repeat the request.
fn without(said: &str, address: &Address) -> String {
    let query = address.url.query_pairs().map(|(_, value)| value.into_owned());
    let parts = address.url.path_segments().into_iter().flatten().map(str::to_owned);
    let secrets = query.chain(parts).chain(address.secret.clone()).filter(|secret| secret.len() >= 8);
    secrets.fold(said.to_owned(), |said, secret| said.replace(&secret, "***"))
}

fn reason(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke off"
    };
    let mut source = std::error::Error::source(error);
    let mut last = None;
    while let Some(inner) = source {
        last = Some(inner.to_string());
        source = inner.source();
    }
    last.map_or_else(|| what.to_owned(), |last| format!("{what}: {last}"))
}

fn client() -> Result<reqwest::Client, String> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(WITHIN)
        // One that the other side closed meanwhile would cost a try.
        .pool_max_idle_per_host(0)
        .user_agent(concat!("nodedown/", env!("CARGO_PKG_VERSION")))
        .tls_backend_preconfigured(tls::config(&Trust::System).map_err(|error| error.to_string())?)
        .build()
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_line_and_its_secret_another() {
        let robot = "https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef\nSECthis is secret\n";
        let address = Address::parse(robot).expect("an address");
        assert_eq!(
            (address.host().as_str(), address.secret.as_deref()),
            ("https://oapi.dingtalk.com", Some("SECthis is secret"))
        );
        assert!(!format!("{address:?}").contains("0123456789abcdef"), "{address:?}");
        assert_eq!(Address::parse("http://10.0.0.9:8080/hook").expect("an address").host(), "http://10.0.0.9:8080");
        for bad in
            ["", "root:x:0:0:root", "ftp://files.example/x", "https://a/\nsecret\nmore", "-----BEGIN KEY-----\nx"]
        {
            assert_eq!(Address::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn what_is_told_of_an_answer_repeats_no_secret() {
        let address =
            Address::parse("https://hooks.example/T0123456789/B0123456789?key=abcdefgh12345\nSECsecret1").expect("ok");
        let said = without("bad request: /T0123456789/B0123456789?key=abcdefgh12345 SECsecret1 short", &address);
        assert_eq!(said, "bad request: /***/***?key=*** *** short");
    }
}
