//! Runs jobs on a few threads and hands over what they find in the order of the jobs, with bounded memory.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Bytes of lines that travel together.
const BATCH: usize = if cfg!(test) { 256 } else { 64 * 1024 };

/// Batches that wait for the one who takes them, per thread.
const WAITING: usize = 8;

/// More threads than this only wait for memory.
const MOST_THREADS: usize = 4;

/// What comes out of a job.
#[derive(Debug)]
pub enum Found<'a, R> {
    /// A line without its end.
    Line(&'a [u8]),
    /// The job is over.
    End(R),
}

enum Sent<R> {
    Lines(Vec<u8>),
    End(R),
}

/// Runs on every job what `lane` makes, once for each thread: it gives lines to the function it is handed and stops if that
/// returns false. `take` gets the index of the job and what was found, and returns false to stop everything.
pub fn in_order<J: Sync, R: Send, W: FnMut(&J, &mut (dyn FnMut(&[u8]) -> bool + Send)) -> R>(
    jobs: &[J],
    lane: impl Fn() -> W + Sync,
    mut take: impl FnMut(usize, Found<'_, R>) -> bool,
) {
    let threads = thread::available_parallelism().map_or(1, usize::from).clamp(1, MOST_THREADS).min(jobs.len());
    thread::scope(|scope| {
        let mut lanes: Vec<Receiver<Sent<R>>> = Vec::new();
        for first in 0..threads {
            let (to, from) = sync_channel(WAITING);
            let lane = &lane;
            scope.spawn(move || lane_of(jobs.iter().skip(first).step_by(threads), lane(), &to));
            lanes.push(from);
        }
        for index in 0..jobs.len() {
            // A lane that is gone had a panic, which the scope passes on. Leaving drops the lanes, and sending fails.
            while let Ok(sent) = lanes[index % threads].recv() {
                match sent {
                    Sent::Lines(lines) => {
                        for line in lines.strip_suffix(b"\n").unwrap_or(&lines).split(|byte| *byte == b'\n') {
                            if !take(index, Found::Line(line)) {
                                return;
                            }
                        }
                    }
                    Sent::End(end) => {
                        if !take(index, Found::End(end)) {
                            return;
                        }
                        break;
                    }
                }
            }
        }
    });
}

fn lane_of<'j, J: 'j, R: Send>(
    jobs: impl Iterator<Item = &'j J>,
    mut work: impl FnMut(&J, &mut (dyn FnMut(&[u8]) -> bool + Send)) -> R,
    to: &SyncSender<Sent<R>>,
) {
    for job in jobs {
        let mut batch = Vec::new();
        let end = work(job, &mut |line| {
            batch.extend_from_slice(line);
            batch.push(b'\n');
            batch.len() < BATCH || to.send(Sent::Lines(std::mem::take(&mut batch))).is_ok()
        });
        let sent = (batch.is_empty() || to.send(Sent::Lines(batch)).is_ok()) && to.send(Sent::End(end)).is_ok();
        if !sent {
            return;
        }
    }
}
