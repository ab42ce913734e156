//! A message as a mail, and what a mail server answers.
//!
//! # Why
//! - What a reference holds is the server, the user and the password, a line each, so that nothing has to be written in the
//!   escapes of a URL. Who writes to whom is no secret and stands in the channel.
//! - With a user the password goes over TLS: from the first byte (`smtps`), or after STARTTLS, without which nothing is sent. In
//!   the clear only where the address says so (`?tls=none`), as some relays inside of networks want it.
//! - A refusal for good (5xx) would be one again, a refusal for now (4xx) and silence are tried again. One recipient that the
//!   server does not take refuses the mail: half of the people told is not told, and the page says which answer it was.

use std::time::Duration;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use reqwest::Url;
use sha2::{Digest as _, Sha256};

use super::letter::Letter;
use super::{Sent, WITHIN};
use crate::domain::channel::MailRoute;
use crate::domain::notice::Outcome;

/// How a server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    /// TLS from the first byte.
    Wrapped,
    /// STARTTLS, or nothing is sent.
    Upgraded,
    /// STARTTLS if the server offers it.
    Offered,
    /// None.
    Clear,
}

/// A mail server.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Server {
    host: String,
    port: u16,
    security: Security,
    /// User and password.
    login: Option<(String, String)>,
}

impl Server {
    /// From what a file or variable holds: `smtps://HOST[:PORT]` or `smtp://HOST[:PORT][?tls=none]`, then the user and the
    /// password, if the server wants them.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let url = Url::parse(lines.next()?).ok()?;
        let bare = url.username().is_empty() && url.password().is_none() && matches!(url.path(), "" | "/");
        let host = url.host_str().filter(|host| bare && !host.is_empty())?;
        let login = match (lines.next(), lines.next(), lines.next()) {
            (None, ..) => None,
            (Some(user), Some(password), None) => Some((user.to_owned(), password.to_owned())),
            _ => return None,
        };
        let security = match (url.scheme(), url.query()) {
            ("smtps", None) => Security::Wrapped,
            ("smtp", None) if login.is_some() => Security::Upgraded,
            ("smtp", None) => Security::Offered,
            ("smtp", Some("tls=none")) => Security::Clear,
            _ => return None,
        };
        let usual = match security {
            Security::Wrapped => 465,
            Security::Upgraded => 587,
            Security::Offered | Security::Clear => 25,
        };
        let host = host.trim_matches(['[', ']']).to_owned();
        Some(Self { host, port: url.port().unwrap_or(usual), security, login })
    }

    /// What may be named of it.
    pub(super) fn named(&self) -> String {
        let scheme = if self.security == Security::Wrapped { "smtps" } else { "smtp" };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("{scheme}://{host}:{}", self.port)
    }

    fn tls(&self) -> Result<Tls, Error> {
        let parameters = || TlsParameters::new_rustls(self.host.clone());
        Ok(match self.security {
            Security::Wrapped => Tls::Wrapper(parameters()?),
            Security::Upgraded => Tls::Required(parameters()?),
            Security::Offered => Tls::Opportunistic(parameters()?),
            Security::Clear => Tls::None,
        })
    }

    fn transport(&self, within: Duration) -> Result<AsyncSmtpTransport<Tokio1Executor>, Error> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(self.host.clone());
        let mut builder = builder.port(self.port).timeout(Some(within)).tls(self.tls()?);
        if let Some((user, password)) = &self.login {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Ok(builder.build())
    }

    /// An answer without what is secret: some repeat what they were sent.
    fn without(&self, said: String) -> String {
        match &self.login {
            Some((_, password)) if password.len() >= 4 => said.replace(password, "***"),
            _ => said,
        }
    }
}

/// Sends one mail, once.
pub(super) async fn send(server: &Server, route: &MailRoute, letter: &Letter) -> Sent {
    let host = server.named();
    let (outcome, said) = match written(route, letter) {
        Ok(mail) => match tokio::time::timeout(WITHIN, sent(server, mail)).await {
            Ok(answer) => answer,
            Err(_) => (Outcome::Later, "no answer in time".to_owned()),
        },
        Err(why) => (Outcome::Refused, why),
    };
    Sent { outcome, host, status: None, said: server.without(said) }
}

async fn sent(server: &Server, mail: Message) -> (Outcome, String) {
    let answer = match server.transport(WITHIN) {
        Ok(transport) => transport.send(mail).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(taken) => {
            let said: Vec<&str> = taken.message().collect();
            (Outcome::Taken, format!("SMTP {} {}", taken.code(), said.join(" ")))
        }
        Err(error) if error.is_permanent() => (Outcome::Refused, reason(&error)),
        Err(error) => (Outcome::Later, reason(&error)),
    }
}

/// What went wrong, with the words of the server where it said some.
fn reason(error: &Error) -> String {
    let mut said = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let inner_said = inner.to_string();
        if !said.contains(&inner_said) {
            said = format!("{said}: {inner_said}");
        }
        source = inner.source();
    }
    match error.status() {
        Some(status) => format!("SMTP {status} {said}"),
        None => said,
    }
}

/// The mail: plain text, marked as written by a program so that nobody's absence is answered to it.
fn written(route: &MailRoute, letter: &Letter) -> Result<Message, String> {
    let address = |text: &str| text.parse().map_err(|error| format!("{text}: {error}"));
    let name = HeaderName::new_from_ascii_str("Auto-Submitted");
    let mut mail = Message::builder()
        .from(address(&route.from)?)
        .subject(letter.title.clone())
        .message_id(Some(message_id(route, letter)))
        .raw_header(HeaderValue::new(name, "auto-generated".to_owned()))
        .header(ContentType::TEXT_PLAIN);
    for to in &route.to {
        mail = mail.to(address(to)?);
    }
    mail.body(letter.plain()).map_err(|error| error.to_string())
}

/// The same for every try of the same message that says the same. Two servers of one sender must not share one: mail servers
/// drop what they have seen.
fn message_id(route: &MailRoute, letter: &Letter) -> String {
    let digest = Sha256::digest(format!("{}\n{}\n{}", route.from, letter.plain(), letter.data));
    let host = route.from.rsplit('@').next().unwrap_or("nodedown");
    format!("<{}.{}@{host}>", letter.key, hex::encode(&digest[..8]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_server_is_one_line_its_login_two_more() {
        let parse = |text: &str| Server::parse(text).map(|server| (server.named(), server.security, server.login));
        let login = || Some(("u@corp.example".to_owned(), "p:/@w".to_owned()));
        assert_eq!(
            parse("smtps://mail.example\nu@corp.example\np:/@w\n"),
            Some(("smtps://mail.example:465".to_owned(), Security::Wrapped, login()))
        );
        assert_eq!(
            parse("smtp://mail.example\nu@corp.example\np:/@w"),
            Some(("smtp://mail.example:587".to_owned(), Security::Upgraded, login()))
        );
        assert_eq!(parse("smtp://relay"), Some(("smtp://relay:25".to_owned(), Security::Offered, None)));
        assert_eq!(
            parse("smtp://[fd00::1]:2525?tls=none\nu@corp.example\np:/@w"),
            Some(("smtp://[fd00::1]:2525".to_owned(), Security::Clear, login()))
        );
        for bad in [
            "",
            "https://mail.example",
            "mail.example:25",
            "smtp://u:p@mail.example",
            "smtp://mail.example/box",
            "smtp://mail.example?tls=maybe",
            "smtps://mail.example?tls=none",
            "smtp://mail.example\nuser only",
            "smtp://mail.example\nuser\npassword\nmore",
            "root:x:0:0:root",
        ] {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn nothing_of_a_name_becomes_a_header() {
        let route = MailRoute::parse("nodedown@corp.example", "a@corp.example b@corp.example").expect("a route");
        let letter = Letter {
            title: "INC-0001 已发起：prod\r\nBcc: x@evil.example".to_owned(),
            lines: vec!["nacos-3".to_owned(), ".".to_owned()],
            link: None,
            data: json!({}),
            key: "notice-7".to_owned(),
        };
        let mail = String::from_utf8(written(&route, &letter).expect("a mail").formatted()).expect("text");
        let (head, body) = mail.split_once("\r\n\r\n").expect("a body");
        assert!(!head.lines().any(|line| line.to_lowercase().starts_with("bcc")), "{head}");
        for part in
            ["To: a@corp.example, b@corp.example", "Auto-Submitted: auto-generated", "Message-ID: <notice-7.", "utf-8"]
        {
            assert!(head.contains(part), "{part}: {head}");
        }
        assert!(!body.is_empty());
        let other = Letter { data: json!({ "at": 1 }), ..letter.clone() };
        assert_eq!(message_id(&route, &letter), message_id(&route, &letter.clone()));
        assert_ne!(message_id(&route, &letter), message_id(&route, &other));
    }

    #[test]
    fn an_answer_does_not_repeat_the_password() {
        let server = Server::parse("smtp://m\nuser\nhunter22").expect("a server");
        assert_eq!(server.without("535 hunter22 is wrong".to_owned()), "535 *** is wrong");
    }
}
