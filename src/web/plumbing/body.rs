//! Bodies that nobody reads to their end: refused ones above all.
//!
//! # Why
//! A connection that is closed while the other side still sends is reset, and a browser then shows "connection reset" in
//! place of the page that says why. So what is left of a body is read and thrown away for a while after the answer.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header;
use http_body_util::BodyExt as _;
use hyper::body::{Frame, SizeHint};
use tokio::sync::oneshot;

use crate::web::plumbing::error::WebError;
use crate::web::plumbing::state::Web;

/// Longest time that the rest of a body is read.
const REST_TIME: Duration = Duration::from_secs(10);
/// Most bytes of a rest that are read.
const REST_BYTES: u64 = 64 << 20;

/// Refuses at once what says that it is larger than the route takes.
pub async fn refuse_large(limit: usize, request: Request, next: Next) -> Response {
    if request.body().size_hint().lower() > limit as u64 {
        return WebError::TooLarge { most_bytes: Some(limit as u64) }.into_response();
    }
    next.run(request).await
}

/// Outermost: after the answer, reads what is left of the request.
pub async fn take_rest(State(web): State<Web>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    // Such a client sends its body only when it is told to.
    let waits = request.headers().contains_key(header::EXPECT);
    let (back, mut rest) = oneshot::channel();
    let request = request.map(|body| Body::new(Lent { body: Some(body), back: Some(back), asked: false }));
    let response = next.run(request).await;
    if let Ok((body, asked)) = rest.try_recv()
        && (asked || !waits)
    {
        let shutdown = web.shutdown().clone();
        web.tasks().spawn(async move {
            tokio::select! {
                () = shutdown.cancelled() => {}
                _ = tokio::time::timeout(REST_TIME, throw_away(body)) => {}
            }
        });
    }
    response
}

async fn throw_away(mut body: Body) {
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, |data| data.len() as u64);
        if read > REST_BYTES {
            return;
        }
    }
}

/// A body that comes back when its reader has had enough of it.
struct Lent {
    body: Option<Body>,
    back: Option<oneshot::Sender<(Body, bool)>>,
    asked: bool,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        self.asked = true;
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let polled = Pin::new(body).poll_frame(cx);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let (Some(body), Some(back)) = (self.body.take(), self.back.take())
            && !body.is_end_stream()
        {
            // Nobody waits for it if the connection is gone.
            let _ = back.send((body, self.asked));
        }
    }
}
