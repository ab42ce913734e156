//! A message as each kind of channel takes it, and what an answer means. Pure.
//!
//! # Sources
//! The public pages of the robots: DingTalk signs `timestamp\nsecret` and puts both into the query, milliseconds; Feishu signs
//! an empty message with `timestamp\nsecret` as the key and puts both into the body, seconds; WeCom takes at most 4096 bytes
//! of Markdown; all three answer 200 with a code in the body. Slack answers `ok` as text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::Url;
use serde_json::{Value, json};
use sha2::Sha256;

use super::Address;
use crate::domain::channel::ChannelKind;
use crate::domain::notice::Outcome;
use crate::domain::time::Timestamp;

/// Most bytes of a text of WeCom; longer ones are refused with code 40058.
const WECOM_BYTES: usize = 4096;
/// Most bytes of any other text: nobody reads more of it in a chat.
const MOST_BYTES: usize = 12_000;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its first line.
    pub title: String,
    /// The rest, a line each; plain text.
    pub lines: Vec<String>,
    /// Words of the link, and where it leads; `None`: this server does not know its own address.
    pub link: Option<(String, String)>,
    /// The same for programs.
    pub data: Value,
    /// The same for every try of the same message.
    pub key: String,
}

/// A request, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Where to.
    pub url: Url,
    /// Headers beside the content type.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: String,
}

impl Letter {
    /// As that kind takes it.
    #[must_use]
    pub fn write(&self, kind: ChannelKind, address: &Address, now: Timestamp) -> Written {
        let mut url = address.url.clone();
        let mut headers = Vec::new();
        let body = match kind {
            ChannelKind::DingTalk => {
                if let Some(secret) = &address.secret {
                    let at = now.as_millis().to_string();
                    let sign = STANDARD.encode(mac(secret.as_bytes(), format!("{at}\n{secret}").as_bytes()));
                    url.query_pairs_mut().append_pair("timestamp", &at).append_pair("sign", &sign);
                }
                let text = cut(self.markdown("\n\n"), MOST_BYTES);
                json!({ "msgtype": "markdown", "markdown": { "title": self.title, "text": text } })
            }
            ChannelKind::Feishu => {
                let mut body = json!({ "msg_type": "text", "content": { "text": cut(self.plain(), MOST_BYTES) } });
                if let Some(secret) = &address.secret {
                    let at = (now.as_millis() / 1000).to_string();
                    body["sign"] = json!(STANDARD.encode(mac(format!("{at}\n{secret}").as_bytes(), b"")));
                    body["timestamp"] = json!(at);
                }
                body
            }
            ChannelKind::WeCom => {
                json!({ "msgtype": "markdown", "markdown": { "content": cut(self.markdown("\n"), WECOM_BYTES) } })
            }
            ChannelKind::Slack => json!({ "text": cut(self.slack(), MOST_BYTES) }),
            // A mail is not posted: see [`super::mail`].
            ChannelKind::Webhook | ChannelKind::Mail => {
                let mut body = self.data.clone();
                body["text"] = json!(self.plain());
                body
            }
        };
        let body = body.to_string();
        headers.push(("idempotency-key", self.key.clone()));
        if let (ChannelKind::Webhook, Some(secret)) = (kind, &address.secret) {
            let at = (now.as_millis() / 1000).to_string();
            let sign = hex::encode(mac(secret.as_bytes(), format!("{at}.{body}").as_bytes()));
            headers.push(("x-nodedown-timestamp", at));
            headers.push(("x-nodedown-signature", format!("sha256={sign}")));
        }
        Written { url, headers, body }
    }

    pub(super) fn plain(&self) -> String {
        let link = self.link.iter().map(|(_, to)| to.clone());
        std::iter::once(self.title.clone()).chain(self.lines.iter().cloned()).chain(link).collect::<Vec<_>>().join("\n")
    }

    /// Markdown of the robots: what it would take for markup is not.
    fn markdown(&self, between: &str) -> String {
        let mut parts = vec![format!("**{}**", escaped(&self.title))];
        parts.extend(self.lines.iter().map(|line| escaped(line)));
        parts.extend(self.link.iter().map(|(words, to)| format!("[{}]({to})", escaped(words))));
        parts.join(between)
    }

    fn slack(&self) -> String {
        let plain = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let mut parts = vec![format!("*{}*", plain(&self.title).replace('*', "∗"))];
        parts.extend(self.lines.iter().map(|line| plain(line)));
        parts.extend(self.link.iter().map(|(words, to)| format!("<{to}|{}>", plain(words).replace('|', "/"))));
        parts.join("\n")
    }
}

fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    // A key of any length is taken.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// Text that the Markdown of chats does not take for markup, a mention or a link.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '<' => out.push('＜'),
            '>' => out.push('＞'),
            '@' => out.push('＠'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '!' | '~' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// At most so many bytes, cut between characters, with a sign that something is missing.
fn cut(text: String, bytes: usize) -> String {
    if text.len() <= bytes {
        return text;
    }
    let end = "…";
    let mut at = bytes - end.len();
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    format!("{}{end}", &text[..at])
}

/// What an answer means.
#[must_use]
pub fn judge(kind: ChannelKind, status: u16, said: &str) -> Outcome {
    match status {
        408 | 425 | 429 | 500.. => return Outcome::Later,
        200..=299 => {}
        _ => return Outcome::Refused,
    }
    let code = |name: &str| serde_json::from_str::<Value>(said).ok().and_then(|value| value[name].as_i64());
    match kind {
        ChannelKind::DingTalk | ChannelKind::WeCom => match code("errcode") {
            Some(0) => Outcome::Taken,
            // Too many messages: 130101 and 660026 of DingTalk, 45009 and 45033 of WeCom; -1: busy.
            Some(-1 | 130_101 | 660_026 | 45_009 | 45_033) => Outcome::Later,
            Some(_) | None => Outcome::Refused,
        },
        ChannelKind::Feishu => match code("code").or_else(|| code("StatusCode")) {
            Some(0) => Outcome::Taken,
            // Too many messages.
            Some(9499 | 11_232) => Outcome::Later,
            Some(_) | None => Outcome::Refused,
        },
        ChannelKind::Slack | ChannelKind::Webhook | ChannelKind::Mail => Outcome::Taken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        Letter {
            title: "INC-0001 opened: prod *hz*".to_owned(),
            lines: vec!["nacos-3 <script>@all".to_owned()],
            link: Some(("Open".to_owned(), "https://ops.example/incidents/1".to_owned())),
            data: json!({ "news": "opened" }),
            key: "7-12".to_owned(),
        }
    }

    fn written(kind: ChannelKind, address: &str, ms: i64) -> (Written, Value) {
        let address = Address::parse(address).expect("an address");
        let written = letter().write(kind, &address, Timestamp::from_millis(ms));
        let body = serde_json::from_str(&written.body).expect("JSON");
        (written, body)
    }

    #[test]
    fn ding_talk_is_signed_in_the_address() {
        let robot = "https://oapi.dingtalk.com/robot/send?access_token=x\nSECthis is secret";
        let (written, body) = written(ChannelKind::DingTalk, robot, 1_577_262_236_757);
        let sign = "sign=J2qBKLynGZv5uMXAkGgdbSkX8S8Dbkqw1VOS3Ie%2BDF0%3D";
        assert!(
            written.url.as_str().ends_with(&format!("access_token=x&timestamp=1577262236757&{sign}")),
            "{}",
            written.url
        );
        assert_eq!(body["msgtype"], "markdown");
        assert!(body["markdown"]["text"].as_str().expect("text").contains(r"prod \*hz\*"));
    }

    #[test]
    fn feishu_is_signed_in_the_body() {
        let (_, body) =
            written(ChannelKind::Feishu, "https://open.feishu.cn/open-apis/bot/v2/hook/x\ndemo", 1_599_360_473_000);
        assert_eq!(
            (&body["timestamp"], &body["sign"]),
            (&json!("1599360473"), &json!("l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8="))
        );
    }

    #[test]
    fn a_webhook_is_signed_over_time_and_body() {
        let (written, body) = written(ChannelKind::Webhook, "http://127.0.0.1:9/hook\nkey", 5_000);
        assert_eq!(body["news"], "opened");
        let signature =
            written.headers.iter().find(|(name, _)| *name == "x-nodedown-signature").expect("signed").1.clone();
        let expected = hex::encode(mac(b"key", format!("5.{}", written.body).as_bytes()));
        assert_eq!(signature, format!("sha256={expected}"));
        assert!(written.headers.contains(&("idempotency-key", "7-12".to_owned())));
    }

    #[test]
    fn nothing_of_a_name_is_markup_or_calls_everybody() {
        let (_, body) = written(ChannelKind::WeCom, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x", 0);
        let text = body["markdown"]["content"].as_str().expect("text");
        assert!(text.contains("＜script＞＠all") && !text.contains("<script>") && !text.contains("@all"), "{text}");
        let (_, body) = written(ChannelKind::Slack, "https://hooks.slack.example/x", 0);
        let text = body["text"].as_str().expect("text");
        assert!(text.contains("&lt;script&gt;") && text.ends_with("<https://ops.example/incidents/1|Open>"), "{text}");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let long = Letter { lines: vec!["节点".repeat(4000)], ..letter() };
        let address = Address::parse("https://qyapi.weixin.qq.com/x?key=x").expect("an address");
        let body: Value =
            serde_json::from_str(&long.write(ChannelKind::WeCom, &address, Timestamp::from_millis(0)).body)
                .expect("JSON");
        let text = body["markdown"]["content"].as_str().expect("text");
        assert!(text.len() <= 4096 && text.len() > 4080 && text.ends_with('…'), "{}", text.len());
    }

    #[test]
    fn robots_refuse_with_status_200() {
        let judged = |kind, status, said: &str| judge(kind, status, said);
        assert_eq!(judged(ChannelKind::DingTalk, 200, r#"{"errcode":0,"errmsg":"ok"}"#), Outcome::Taken);
        assert_eq!(
            judged(ChannelKind::DingTalk, 200, r#"{"errcode":310000,"errmsg":"sign not match"}"#),
            Outcome::Refused
        );
        assert_eq!(judged(ChannelKind::DingTalk, 200, r#"{"errcode":130101}"#), Outcome::Later);
        assert_eq!(judged(ChannelKind::Feishu, 200, r#"{"code":19021,"msg":"sign match fail"}"#), Outcome::Refused);
        assert_eq!(judged(ChannelKind::Feishu, 200, r#"{"StatusCode":0}"#), Outcome::Taken);
        assert_eq!(judged(ChannelKind::WeCom, 200, r#"{"errcode":40058}"#), Outcome::Refused);
        assert_eq!(
            judged(ChannelKind::WeCom, 200, "<html>proxy login</html>"),
            Outcome::Refused,
            "not the robot that answers"
        );
        assert_eq!(judged(ChannelKind::Slack, 200, "ok"), Outcome::Taken);
        for status in [429, 500, 503] {
            assert_eq!(judged(ChannelKind::Webhook, status, ""), Outcome::Later);
        }
        for status in [302, 400, 401, 404] {
            assert_eq!(judged(ChannelKind::Webhook, status, ""), Outcome::Refused);
        }
    }
}
