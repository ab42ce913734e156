//! How slow a client may be: what is sent to it and what it sends has to move on.
//!
//! # Why
//! A total time would cut off honest uploads over slow lines, so bytes are counted over a stretch of waiting. Only time
//! in which the program waits for the client counts. An event stream that nothing happens on waits for nobody.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use crate::web::TooSlow;

/// A stretch of waiting for a body; the first one is free.
const BODY_STRETCH: Duration = Duration::from_secs(10);
/// What has to arrive in it: 1 KiB a second.
const BODY_BYTES: usize = 10 * 1024;
/// A stretch of waiting until an answer is taken. Longer, because the system tells of room in its buffers only by a
/// third of them.
const ANSWER_STRETCH: Duration = Duration::from_secs(30);
/// What has to be taken in it.
const ANSWER_BYTES: usize = 8 * 1024;

/// A request's body that ends with an error when it comes too slowly.
pub(super) struct PacedBody {
    body: Incoming,
    pace: Pace,
    /// Since when it is waited for, and until when this stretch may last.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    too_slow: TooSlow,
}

impl PacedBody {
    pub(super) fn new(body: Incoming, too_slow: TooSlow) -> Self {
        Self { body, pace: Pace::default(), waiting: None, too_slow }
    }

    /// Ready when the client is too slow.
    fn poll_too_slow(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let left = self.pace.left();
            let (_, sleep) = self.waiting.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(left))));
            ready!(sleep.as_mut().poll(cx));
            self.waiting = None;
            if self.pace.waited(left) {
                return Poll::Ready(());
            }
        }
    }
}

/// Bytes over a stretch of waiting.
#[derive(Default)]
struct Pace {
    /// The first stretch is over.
    counts: bool,
    bytes: usize,
    waited: Duration,
}

impl Pace {
    /// How much longer this stretch may last.
    fn left(&self) -> Duration {
        BODY_STRETCH.saturating_sub(self.waited)
    }

    /// So long was waited; true: too little came in a whole stretch.
    fn waited(&mut self, time: Duration) -> bool {
        self.waited += time;
        if self.waited < BODY_STRETCH {
            return false;
        }
        let too_slow = self.counts && self.bytes < BODY_BYTES;
        *self = Self { counts: true, ..Self::default() };
        too_slow
    }
}

impl Body for PacedBody {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            let bytes = match &frame {
                Some(Ok(frame)) => frame.data_ref().map_or(0, Bytes::len),
                Some(Err(_)) | None => 0,
            };
            this.pace.bytes += bytes;
            let waited = this.waiting.take().map_or(Duration::ZERO, |(since, _)| since.elapsed());
            if !this.pace.waited(waited) {
                return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
            }
        } else {
            ready!(this.poll_too_slow(cx));
        }
        this.too_slow.set();
        Poll::Ready(Some(Err("the body came too slowly".into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A connection whose answers have to be taken.
pub(super) struct PacedStream {
    stream: TcpStream,
    taken: usize,
    stretch: Option<Pin<Box<Sleep>>>,
}

impl PacedStream {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, taken: 0, stretch: None }
    }

    /// `given`: how much there was to take.
    fn paced(&mut self, cx: &mut Context<'_>, given: usize, wrote: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match wrote {
            Poll::Ready(Ok(taken)) => {
                self.taken += taken;
                if taken == given || self.taken >= ANSWER_BYTES {
                    (self.taken, self.stretch) = (0, None);
                }
                Poll::Ready(Ok(taken))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                let stretch = self.stretch.get_or_insert_with(|| Box::pin(sleep(ANSWER_STRETCH)));
                ready!(stretch.as_mut().poll(cx));
                Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not take its answer")))
            }
        }
    }
}

impl AsyncRead for PacedStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for PacedStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.paced(cx, bytes.len(), wrote)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.paced(cx, parts.iter().map(|part| part.len()).sum(), wrote)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So much arrives every second of waiting: after how many seconds it is too slow.
    fn too_slow_after(bytes_a_second: usize) -> Option<u32> {
        let mut pace = Pace::default();
        (1..7200).find(|_| {
            pace.bytes += bytes_a_second;
            pace.waited(Duration::from_secs(1))
        })
    }

    #[test]
    fn a_slow_line_may_take_hours_and_a_stalled_one_seconds() {
        assert_eq!(too_slow_after(1200), None, "slow but honest");
        assert_eq!(too_slow_after(0), Some(20));
        assert_eq!(too_slow_after(10), Some(20));
        let mut pace = Pace { bytes: 10 << 20, ..Pace::default() };
        assert!((0..20).any(|_| pace.waited(Duration::from_secs(1))), "a fast beginning buys nothing");
    }

    #[test]
    fn a_form_that_takes_its_time_is_not_too_slow() {
        let mut pace = Pace::default();
        assert!((0..19).all(|_| !pace.waited(Duration::from_secs(1))));
        assert_eq!(pace.left(), Duration::from_secs(1));
    }
}
