//! Seats: which connections may stay when there are too many. Pure counting; the listener closes what loses its seat.
//!
//! # Why
//! A connection costs little, so everyone is let in and the limit is kept by sending somebody else away: of those that
//! hold too many, the oldest that is known to be a stranger's, and only where there is none the oldest that nobody has
//! looked at yet. So a new connection is always read far enough to see who it is, also behind an address that somebody
//! floods from, and one of a person who is logged in is then counted for that person, where strangers cannot reach it.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::domain::id::UserId;
use crate::web;

/// Seats of one address, for connections that nobody is known to use.
const OF_ADDRESS: usize = 512;
/// Seats of one person.
const OF_PERSON: usize = 128;

/// Who has a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Holder {
    /// Nobody known, at that address.
    Address(IpAddr),
    /// A person who is logged in, or was on this device.
    Person(UserId),
    /// A trusted proxy that is not passing anything on at the moment.
    Proxy,
}

/// All seats.
pub(super) struct Seats {
    most: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    next: u64,
    all: usize,
    holders: HashMap<Holder, BTreeMap<Turn, CancellationToken>>,
}

/// Who loses a seat first: who has been heard, then who came first.
type Turn = (Heard, u64);

/// Whether it is known who uses a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Heard {
    /// It is.
    Yes,
    /// Its first request is not there yet.
    NotYet,
}

/// The seat of one connection; free again when dropped.
pub(super) struct Seat {
    seats: Arc<Seats>,
    lost: CancellationToken,
    at: Mutex<(Holder, Turn)>,
}

impl Seats {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, taken: Mutex::default() })
    }

    /// Takes one; somebody else may lose theirs.
    pub(super) fn take(self: &Arc<Self>, holder: Holder) -> Arc<Seat> {
        let lost = CancellationToken::new();
        let turn = self.taken().add(holder, Heard::NotYet, lost.clone(), self.most);
        Arc::new(Seat { seats: self.clone(), lost, at: Mutex::new((holder, turn)) })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Waits until somebody else got it.
    pub(super) async fn lost(&self) {
        self.lost.cancelled().await;
    }

    /// From now on it is that one's.
    pub(super) fn give_to(&self, holder: Holder) {
        let heard = if matches!(holder, Holder::Person(_)) { Heard::Yes } else { Heard::NotYet };
        let at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        if at.0 != holder {
            self.change(at, holder, heard);
        }
    }

    fn change(&self, mut at: MutexGuard<'_, (Holder, Turn)>, holder: Holder, heard: Heard) {
        let mut taken = self.seats.taken();
        // A seat that is lost already stays so.
        if taken.remove(at.0, at.1) {
            *at = (holder, taken.add(holder, heard, self.lost.clone(), self.seats.most));
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let (holder, turn) = *self.at.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.seats.taken().remove(holder, turn);
    }
}

impl web::Seat for Seat {
    fn is_of(&self, person: UserId) {
        self.give_to(Holder::Person(person));
    }

    fn is_of_a_stranger(&self) {
        let at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        let (holder, (heard, _)) = *at;
        if heard == Heard::NotYet && !matches!(holder, Holder::Person(_)) {
            self.change(at, holder, Heard::Yes);
        }
    }
}

impl Taken {
    fn add(&mut self, holder: Holder, heard: Heard, lost: CancellationToken, most: usize) -> Turn {
        let turn = (heard, self.next);
        self.next += 1;
        self.all += 1;
        let mine = self.holders.entry(holder).or_default();
        mine.insert(turn, lost);
        let share = match holder {
            Holder::Address(_) => OF_ADDRESS,
            Holder::Person(_) => OF_PERSON,
            Holder::Proxy => usize::MAX,
        };
        if mine.len() > share {
            self.send_oldest_away(holder);
        }
        if self.all > most
            && let Some(greediest) = self.greediest()
        {
            self.send_oldest_away(greediest);
        }
        turn
    }

    /// Who has most: among strangers as long as there are any.
    fn greediest(&self) -> Option<Holder> {
        let rank = |holder: &Holder| match holder {
            Holder::Address(_) => 2,
            Holder::Proxy => 1,
            Holder::Person(_) => 0,
        };
        self.holders.iter().max_by_key(|(holder, seats)| (rank(holder), seats.len())).map(|(holder, _)| *holder)
    }

    fn send_oldest_away(&mut self, holder: Holder) {
        if let Some((oldest, lost)) = self.holders.get(&holder).and_then(BTreeMap::first_key_value) {
            let oldest = *oldest;
            lost.cancel();
            self.remove(holder, oldest);
        }
    }

    fn remove(&mut self, holder: Holder, turn: Turn) -> bool {
        let Some(seats) = self.holders.get_mut(&holder) else { return false };
        let was_there = seats.remove(&turn).is_some();
        if seats.is_empty() {
            self.holders.remove(&holder);
        }
        self.all -= usize::from(was_there);
        was_there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> Holder {
        Holder::Address(IpAddr::from([10, 0, 0, last]))
    }

    fn lost(seat: &Seat) -> bool {
        seat.lost.is_cancelled()
    }

    #[test]
    fn who_floods_from_an_address_loses_the_oldest_and_the_newest_is_let_in() {
        let seats = Seats::new(10_000);
        let other = seats.take(address(2));
        let flood: Vec<_> = (0..OF_ADDRESS + 10).map(|_| seats.take(address(1))).collect();
        assert_eq!(flood.iter().filter(|seat| lost(seat)).count(), 10);
        assert!(flood[..10].iter().all(|seat| lost(seat)) && !lost(&other));
    }

    #[test]
    fn a_person_behind_a_flooded_address_keeps_the_seat() {
        let seats = Seats::new(10_000);
        let ann = seats.take(address(1));
        ann.give_to(Holder::Person(UserId(1)));
        let flood: Vec<_> = (0..2 * OF_ADDRESS).map(|_| seats.take(address(1))).collect();
        assert!(!lost(&ann) && flood.iter().any(|seat| lost(seat)));
        let others: Vec<_> = (0..OF_PERSON).map(|_| seats.take(Holder::Person(UserId(1)))).collect();
        assert!(lost(&ann) && others.iter().all(|seat| !lost(seat)), "a person has a share as well");
    }

    #[test]
    fn nobody_is_sent_away_unheard_while_there_are_strangers_who_were_heard() {
        use crate::web::Seat as _;
        let seats = Seats::new(10_000);
        let strangers: Vec<_> = (0..OF_ADDRESS).map(|_| seats.take(address(1))).collect();
        strangers.iter().for_each(|seat| seat.is_of_a_stranger());
        let new: Vec<_> = (0..100).map(|_| seats.take(address(1))).collect();
        assert_eq!(strangers.iter().filter(|seat| lost(seat)).count(), 100);
        new[0].is_of(UserId(1));
        new[1].is_of_a_stranger();
        let more: Vec<_> = (0..OF_ADDRESS).map(|_| seats.take(address(1))).collect();
        assert!(!lost(&new[0]) && lost(&new[1]) && new[2..].iter().all(|seat| lost(seat)));
        assert_eq!(more.iter().filter(|seat| lost(seat)).count(), 0);
    }

    #[test]
    fn when_all_seats_are_taken_the_greediest_stranger_loses_one() {
        let seats = Seats::new(100);
        let people: Vec<_> = (0..50).map(|person| seats.take(Holder::Person(UserId(person)))).collect();
        let quiet = seats.take(address(9));
        let flood: Vec<_> = (0..200).map(|at| seats.take(address(at % 4))).collect();
        assert!(people.iter().chain([&quiet]).all(|seat| !lost(seat)));
        assert_eq!(flood.iter().filter(|seat| !lost(seat)).count(), 49);
        assert_eq!(seats.taken().all, 100);
        drop((people, quiet, flood));
        let taken = seats.taken();
        assert_eq!((taken.all, taken.holders.len()), (0, 0));
    }

    #[test]
    fn behind_a_proxy_a_seat_counts_for_the_client_while_it_is_served() {
        let seats = Seats::new(10_000);
        let connections: Vec<_> = (0..2 * OF_ADDRESS).map(|_| seats.take(Holder::Proxy)).collect();
        assert!(connections.iter().all(|seat| !lost(seat)), "a proxy stands for many");
        for seat in &connections {
            seat.give_to(address(1));
            seat.give_to(Holder::Proxy);
        }
        assert!(connections.iter().all(|seat| !lost(seat)), "one after the other");
        for seat in &connections {
            seat.give_to(address(1));
        }
        assert_eq!(connections.iter().filter(|seat| lost(seat)).count(), OF_ADDRESS, "all at once");
        connections[0].give_to(Holder::Proxy);
        assert!(lost(&connections[0]), "what is lost stays lost");
    }
}
