//! The top of the run screen: the cause of the incident, what it costs, and how the cluster stands now.
//!
//! # Why
//! Cause and state are two things. The cause stays (see [`crate::domain::pinned`]); the state is that of the newest
//! look: the last round of the incident, or a later look of this page or the overview.

use crate::diagnosis::asked::{AskedNow, moved, newer, nothing_is_wrong, unread};
use crate::diagnosis::by_hand::{self, ByHand};
use crate::diagnosis::todo_list::{self, AtStart};
use crate::domain::capture::KeptBy;
use crate::domain::cluster::Cluster;
use crate::domain::diagnosis::{Cause, Confidence, Diagnosis, Health, NodeDoing, NodeStanding, Standing};
use crate::domain::finding::Step;
use crate::domain::id::NodeName;
use crate::domain::led::Led;
use crate::domain::look::LookState;
use crate::domain::message::Message;
use crate::domain::pinned::{PinnedCause, can_be_pinned, explains_an_incident, said_again};
use crate::domain::record::cause::{Corrected, corrected_by};
use crate::domain::review::Review;
use crate::domain::time::Timestamp;
use crate::domain::to_do::{SAVE_EVIDENCE, ToDoId, ToDoMark};
use crate::web::clusters::history::sign;
use crate::web::incidents::report::{led_says, was};
use crate::web::incidents::verdict::{CauseView, Tolerance, Verdict, causes, no_cause_key};
use crate::web::plumbing::components::{self, Look, Markup, Tone, confidence_key};
use crate::web::plumbing::page::Frame;

/// From that age on, a count says when it was taken.
const COUNT_AGED_MS: i64 = 60_000;

/// The clients of every node as somebody counted them: a round, a look or the monitor.
#[derive(Clone, Copy)]
pub struct Counted<'a> {
    /// When.
    pub at: Timestamp,
    /// The counts.
    pub standing: &'a Standing,
}

impl<'a> Counted<'a> {
    /// Counts of some nodes alone would be compared with nothing, and that nodes are gone is no count.
    fn of(diagnosis: &'a Diagnosis) -> Option<Self> {
        let standing = &diagnosis.standing;
        standing.clients().is_some().then_some(Self { at: diagnosis.at, standing })
    }

    /// The newest of these counts. `sampled`: that of the monitor.
    fn newest(seen: &[&'a Diagnosis], sampled: Option<Self>) -> Option<Self> {
        seen.iter().copied().filter_map(Self::of).chain(sampled).max_by_key(|counted| counted.at)
    }
}

/// What the hero is made of.
pub struct Known<'a> {
    /// The cause that is pinned.
    pub pinned: Option<&'a PinnedCause>,
    /// The newest diagnosis of the incident.
    pub newest: Option<&'a Diagnosis>,
    /// The newest look at the cluster outside of the incident.
    pub look: Option<&'a Diagnosis>,
    /// The newest such look that counted the clients.
    pub counted: Option<&'a Diagnosis>,
    /// The clients as the monitor counts them, while it runs.
    pub sampled: Option<Counted<'a>>,
    /// What people did of what is asked for.
    pub marks: &'a [ToDoMark],
    /// The inventory, for the commands of what is asked for.
    pub cluster: Option<&'a Cluster>,
    /// The newest version of the review.
    pub review: Option<&'a Review>,
    /// Whether the incident is open: of a closed one the state at its end is shown.
    pub open: bool,
}

impl<'a> Known<'a> {
    /// Everything that says how the cluster stood.
    fn seen(&self) -> Vec<&'a Diagnosis> {
        let looks = [self.look, self.counted].map(|look| look.filter(|_| self.open));
        self.named().into_iter().chain(looks.into_iter().flatten()).chain(self.newest).collect()
    }

    /// The diagnosis that names the cause.
    fn named(&self) -> Option<&'a Diagnosis> {
        self.pinned.and_then(|pinned| pinned.named.as_ref()).map(|named| &named.diagnosis)
    }

    /// How each node stood by the diagnosis that names the cause, then by the newest.
    fn stood(&self) -> impl Iterator<Item = &'a NodeStanding> {
        self.named().into_iter().chain(self.newest).flat_map(|seen| &seen.standing.nodes)
    }

    /// When a node went, by the diagnosis that names the cause or by the newest.
    fn went(&self, node: &NodeName) -> Option<Timestamp> {
        self.stood().filter(|standing| standing.node == *node && standing.doing.is_away()).find_map(|away| away.since)
    }
}

/// The top of the run screen.
pub struct Hero {
    /// Colour of the whole: red while the harm goes on.
    pub tone: Tone,
    /// The cause.
    pub cause: Option<PinnedView>,
    /// What is said where there is none.
    pub no_cause: String,
    /// What is measured of the harm, a sentence each.
    pub impact: Vec<String>,
    /// What the nodes led of the Raft groups that went away; that it is not known.
    pub led: Option<String>,
    /// How many nodes may still fail.
    pub tolerance: Tolerance,
    /// How the cluster stands.
    pub now: Option<NowView>,
    /// What is asked for.
    pub asked: AskedNow,
    /// The same in words, most urgent first.
    pub to_dos: Vec<ToDoView>,
    /// What was done, and is no longer asked for.
    pub dropped: Vec<ToDoView>,
    /// What nobody did, and makes no sense any more.
    pub over: Vec<String>,
    /// Key of the words above that.
    pub over_key: &'static str,
    /// What not to do, each once.
    pub do_nots: Vec<String>,
    /// What else the newest diagnosis names.
    pub others: Vec<CauseView>,
    /// What the newest diagnosis says besides causes.
    pub verdict: Option<Verdict>,
    /// Nodes that went away, began to start or came back since the newest round of checks.
    pub moved: Vec<String>,
    /// Nothing is wrong any more: what happened has no age that runs on.
    pub is_over: bool,
}

/// The cause of the incident, in words.
pub struct PinnedView {
    /// The sentence; the words of a person where no diagnosis names it.
    pub summary: String,
    /// Key of the confidence; `None`: a person said so.
    pub confidence: Option<&'static str>,
    /// Whether it is beyond doubt.
    pub certain: bool,
    /// When it happened, where that is known.
    pub happened: Option<Timestamp>,
    /// Who chose it; `None`: the program.
    pub by: Option<String>,
    /// Why that person chose it.
    pub words: String,
    /// Everything else about it.
    pub view: Option<CauseView>,
    /// What the program names first by now, where a person chose something else.
    pub contradicted: Option<String>,
    /// Where a review says that it was something else: who said so, and what was said before.
    pub corrected: Option<(String, String)>,
}

/// Something that is asked for.
pub struct ToDoView {
    /// Which.
    pub id: String,
    /// The sentence.
    pub text: String,
    /// The key of the sentence.
    key: String,
    /// The nodes at which it is to be done.
    nodes: Vec<String>,
    /// What it is at a terminal.
    pub commands: Vec<ByHand>,
    /// Who did it, or what they kept that does it, and when.
    pub mark: Option<(String, Timestamp)>,
    /// When a round saw last why it is to be done, where the newest could not look again.
    pub seen: Option<Timestamp>,
}

/// Who ticked it, or what was kept by whom that does it.
fn done_by(f: &Frame, mark: &ToDoMark) -> String {
    match mark.kept {
        None => mark.by.clone(),
        Some(KeptBy::Capture) => f.t1("to-do-by-capture", "name", &mark.by),
        Some(KeptBy::Upload) => f.t1("to-do-by-upload", "name", &mark.by),
    }
}

impl ToDoView {
    fn new(f: &Frame, asked: &Message, known: &Known<'_>) -> Self {
        let marks = known.marks;
        let id = ToDoId::of(asked);
        let mark = marks.iter().find(|mark| mark.id == id && mark.done);
        let nodes = asked.args.get("nodes").map(|nodes| nodes.split(", ").map(str::to_owned).collect());
        let is_it = |action: &Message| ToDoId::of(action) == id;
        let by_cause = known.pinned.and_then(PinnedCause::cause).is_some_and(|cause| cause.action.iter().any(is_it));
        Self {
            text: f.msg(asked),
            key: asked.key.clone(),
            nodes: nodes.unwrap_or_default(),
            commands: known
                .cluster
                .map(|cluster| by_hand::of(asked, cluster, |node| known.went(node)))
                .unwrap_or_default(),
            mark: mark.map(|mark| (done_by(f, mark), mark.at)),
            seen: known.newest.and_then(|newest| unread(asked, newest)).map(|one| one.at).filter(|_| !by_cause),
            id: id.0,
        }
    }

    /// Whether somebody did it.
    #[must_use]
    pub const fn done(&self) -> bool {
        self.mark.is_some()
    }

    /// Whether it asks to copy what a start overwrites: then a capture does it, and its commands stand there.
    #[must_use]
    pub fn saves_evidence(&self) -> bool {
        self.key == SAVE_EVIDENCE
    }

    /// The nodes at which it is to be done.
    #[must_use]
    pub fn nodes(&self) -> &[String] {
        &self.nodes
    }

    /// Where it stands beside a start.
    fn at_start(&self) -> AtStart {
        todo_list::at_start(&self.key)
    }
}

/// How the cluster stands.
pub struct NowView {
    /// The moment it speaks of.
    pub at: Timestamp,
    /// It is older than three looks.
    pub old: bool,
    /// Nobody looks any more: how long something has lasted counts until then, and not on.
    pub is_last: bool,
    /// The health; `None`: that look does not see enough to say.
    pub health: Option<Look>,
    /// Every node.
    pub nodes: Vec<NodeView>,
}

/// How one node stands.
pub struct NodeView {
    /// Name.
    pub name: String,
    /// Shape and colour.
    pub tone: Tone,
    /// Key of the word.
    pub word: String,
    /// Since when.
    pub since: Option<Timestamp>,
    /// How many Raft groups it leads.
    pub leads: Option<u32>,
    /// Clients now.
    pub clients: Option<i64>,
    /// When they were counted, where that was before the state was seen.
    pub counted_at: Option<Timestamp>,
    /// Clients before the outage, where they were more.
    pub clients_before: Option<i64>,
}

impl NodeView {
    /// What is to be known of its count of clients: how many there were, and how old it is.
    #[must_use]
    pub fn counts(&self, f: &Frame) -> String {
        let before = self.clients_before.map(|n| f.t1("hero-node-clients-before", "n", n));
        let seen = self.counted_at.map(|at| f.t1("hero-clients-seen", "ago", f.ago(at)));
        let told: Vec<String> = before.into_iter().chain(seen).collect();
        if told.is_empty() { String::new() } else { f.aside(told.join(&f.t("report-between-parts"))) }
    }
}

impl Hero {
    /// In words.
    #[must_use]
    pub fn new(f: &Frame, known: &Known<'_>) -> Self {
        let newest = known.newest;
        let pinned = known.pinned;
        let chosen = pinned.and_then(PinnedCause::cause);
        // What passes by itself is how a node stands: the strip says so, and of now.
        let is_other =
            |cause: &Cause| explains_an_incident(cause.code) && chosen.is_none_or(|chosen| !is_same(chosen, cause));
        let named = newest.into_iter().flat_map(|diagnosis| causes(f, diagnosis).zip(&diagnosis.causes));
        let others = named.filter(|(_, cause)| is_other(cause)).map(|(view, _)| view).collect();
        let look = known.look.filter(|_| known.open);
        let asked = AskedNow::new(pinned, newest, look, known.marks);
        let is_asked = |mark: &&ToDoMark| asked.to_dos.iter().any(|text| ToDoId::of(text) == mark.id);
        let dropped = known.marks.iter().filter(|mark| mark.done && !is_asked(mark));
        let now = newer(newest, look);
        let by_look = look.is_some_and(|look| now.is_some_and(|now| std::ptr::eq(now, look)));
        // That it is up does not say why it would be healthy.
        let is_well_by_look = by_look && now.is_some_and(|now| now.health == Health::Healthy);
        let moved = newest.zip(look).map(|(round, look)| moved(round, look)).unwrap_or_default();
        // Of a record nobody has anything to do any more: what nobody did was left, whatever the reason.
        let is_done = |text: &&Message| known.marks.iter().any(|mark| mark.done && mark.id == ToDoId::of(text));
        let (to_dos, left): (Vec<_>, Vec<_>) = asked.to_dos.iter().partition(|text| known.open || is_done(text));
        let (to_dos, left) = (to_dos.into_iter(), left);
        let harm_is_over = now.is_some_and(nothing_is_wrong) || !known.open;
        Self {
            tone: if harm_is_over || pinned.is_none() && !is_down(now.or(newest)) { Tone::Info } else { Tone::Fail },
            cause: match known.review.and_then(corrected_by) {
                Some(corrected) => Some(PinnedView::corrected(f, pinned, &corrected)),
                None => pinned.map(|pinned| PinnedView::new(f, pinned, newest)),
            },
            no_cause: match newest {
                Some(diagnosis) => f.t(no_cause_key(diagnosis)),
                None => f.t("web-verdict-none"),
            },
            impact: newest.map(|diagnosis| impact(f, diagnosis, known)).unwrap_or_default(),
            led: led(f, known),
            tolerance: Tolerance::new(f, now.or(newest)),
            now: now.and_then(|now| NowView::new(f, now, &known.seen(), known.sampled, (known.open, by_look))),
            dropped: dropped.map(|mark| ToDoView::new(f, &mark.text, known)).collect(),
            to_dos: to_dos.map(|text| ToDoView::new(f, text, known)).collect(),
            over: asked.over.iter().chain(left).map(|text| f.msg(text)).collect(),
            over_key: if known.open { "to-do-over" } else { "to-do-left" },
            // Of a record, nobody is to do or to leave anything any more.
            do_nots: unlike(asked.do_nots.iter().filter(|_| known.open).map(|text| f.msg(text))),
            asked,
            others,
            verdict: newest.map(|diagnosis| match is_well_by_look {
                true => Verdict::then(f, diagnosis),
                false => Verdict::new(f, diagnosis, now),
            }),
            moved: moved.into_iter().map(|node| node.0.clone()).collect(),
            is_over: harm_is_over,
        }
    }

    /// Key of the words that offer to say what the cause is.
    #[must_use]
    pub const fn choose_key(&self) -> &'static str {
        if self.cause.is_none() && self.others.is_empty() { "hero-choose-none" } else { "hero-choose" }
    }

    /// The first thing that is asked for and that nobody did yet.
    #[must_use]
    pub fn first_open(&self) -> Option<&ToDoView> {
        self.to_dos.iter().find(|one| !one.done())
    }

    /// What is asked for, is not done, and is to be done before that step ends, in the order in which it is asked for.
    #[must_use]
    pub fn due(&self, step: Step) -> Vec<&ToDoView> {
        self.to_dos.iter().filter(|one| !one.done() && todo_list::is_due(&one.key, step)).collect()
    }

    /// How many of the to-dos are done.
    #[must_use]
    pub fn done_count(&self) -> usize {
        self.to_dos.iter().filter(|one| one.done()).count()
    }

    /// What has to be done at a node before it is started, and is not: what stands before its start in the list. Where several
    /// causes ask for a start, before the last one that does, without what is itself a start or comes after one.
    #[must_use]
    pub fn before_start(&self, node: &str) -> Vec<&str> {
        let of_node: Vec<&ToDoView> =
            self.to_dos.iter().filter(|one| one.nodes.iter().any(|one| one == node)).collect();
        let start = of_node.iter().rposition(|one| one.at_start() == AtStart::Starts).unwrap_or(0);
        let before = of_node[..start].iter().filter(|one| one.at_start() == AtStart::Neither && !one.done());
        before.map(|one| one.text.as_str()).collect()
    }
}

impl PinnedView {
    /// What stands before the first bracket, colon or end of a sentence: what is read first. The colon of an address ends
    /// nothing, and what a person wrote is read as a whole.
    #[must_use]
    pub fn brief(&self) -> &str {
        &self.summary[..self.brief_end()]
    }

    /// What stands after that.
    #[must_use]
    pub fn rest(&self) -> &str {
        &self.summary[self.brief_end()..]
    }

    fn brief_end(&self) -> usize {
        let is_of_a_person = self.confidence.is_none();
        if is_of_a_person { self.summary.len() } else { brief_end(&self.summary) }
    }

    fn new(f: &Frame, pinned: &PinnedCause, newest: Option<&Diagnosis>) -> Self {
        let cause = pinned.cause();
        let view = pinned.named.as_ref().and_then(|named| {
            let newest = newest.and_then(|newest| Some((newest, said_again(named, newest)?)));
            let (diagnosis, place) = newest.unwrap_or((&named.diagnosis, named.place));
            causes(f, diagnosis).nth(place)
        });
        let first = newest.and_then(|diagnosis| diagnosis.causes.iter().find(|cause| can_be_pinned(cause)));
        let other = first.filter(|first| cause.is_none_or(|cause| !is_same(cause, first)));
        let named = pinned.named.iter().map(|named| &named.diagnosis);
        Self {
            summary: cause.map_or_else(|| pinned.words.clone(), |cause| f.msg(&cause.summary)),
            confidence: cause.map(|cause| confidence_key(cause.confidence)),
            certain: cause.is_some_and(|cause| cause.confidence == Confidence::Certain),
            // The round that named it may have had no time to read to the end.
            happened: named.chain(newest).find_map(|seen| happened(seen, cause?)),
            by: pinned.chosen_by.clone(),
            words: if cause.is_some() { pinned.words.clone() } else { String::new() },
            view,
            contradicted: other.filter(|_| pinned.chosen_by.is_some()).map(|other| f.msg(&other.summary)),
            corrected: None,
        }
    }

    /// What a review says that it was.
    fn corrected(f: &Frame, pinned: Option<&PinnedCause>, corrected: &Corrected<'_>) -> Self {
        let said = pinned.map_or_else(|| f.t("report-no-cause"), |pinned| Self::new(f, pinned, None).summary);
        Self {
            summary: was(f, corrected),
            confidence: None,
            certain: false,
            happened: pinned.and_then(|pinned| happened(&pinned.named.as_ref()?.diagnosis, pinned.cause()?)),
            by: None,
            words: String::new(),
            view: None,
            contradicted: None,
            corrected: Some((corrected.by.to_owned(), said)),
        }
    }
}

/// Whether a node was seen not to serve, or nobody is served: what is red also where no cause is named.
fn is_down(now: Option<&Diagnosis>) -> bool {
    let is_away = |now: &Diagnosis| now.standing.nodes.iter().any(|node| node.doing.is_away());
    now.is_some_and(|now| now.health == Health::Down || is_away(now))
}

/// Whether two diagnoses mean the same trouble.
fn is_same(one: &Cause, other: &Cause) -> bool {
    one.code == other.code && (one.nodes.is_empty() || one.nodes.iter().any(|node| other.nodes.contains(node)))
}

/// When what it names happened: when the first of its nodes was seen last.
fn happened(diagnosis: &Diagnosis, cause: &Cause) -> Option<Timestamp> {
    let of_cause = diagnosis.standing.nodes.iter().filter(|node| cause.nodes.contains(&node.node));
    of_cause.filter_map(|node| node.since).min()
}

/// What is measured of the harm, and what is not.
fn impact(f: &Frame, diagnosis: &Diagnosis, known: &Known<'_>) -> Vec<String> {
    let standing = &diagnosis.standing;
    if standing.is_empty() {
        return Vec::new();
    }
    let clients = clients(f, diagnosis, known);
    let groups = match standing.groups {
        _ if !standing.leaderless.is_empty() => f.t1("hero-leaderless", "groups", standing.leaderless.join(f.comma())),
        Some(groups) => f.t1("hero-groups", "n", groups),
        None => f.t("hero-groups-unknown"),
    };
    vec![clients, groups]
}

/// What the nodes led that went away, by the diagnosis that names the cause or by the newest; `None`: none went away.
fn led(f: &Frame, known: &Known<'_>) -> Option<String> {
    let was_away = |node: &&NodeStanding| node.doing.is_away() || node.led_before.is_some();
    let away = known.stood().filter(was_away);
    let mut nodes: Vec<(&NodeName, Option<Led>)> = Vec::new();
    for node in away {
        match nodes.iter_mut().find(|(known, _)| **known == node.node) {
            Some((_, led)) => *led = led.or(node.led_before),
            None => nodes.push((&node.node, node.led_before)),
        }
    }
    let says = nodes.iter().filter_map(|(node, led)| Some(led_says(f, node, (*led)?))).collect::<Vec<_>>();
    match (nodes.is_empty(), says.is_empty()) {
        (true, _) => None,
        (false, true) => Some(format!("{}{}{}", f.t("report-harm-leaders"), f.colon(), f.t("report-harm-leaders-not"))),
        (false, false) => Some(says.join(&f.t("report-between-parts"))),
    }
}

/// Sentences, each once: two may read alike and rest on other numbers.
#[must_use]
pub fn unlike(sentences: impl Iterator<Item = String>) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for sentence in sentences {
        if !told.contains(&sentence) {
            told.push(sentence);
        }
    }
    told
}

/// How many clients there were and are. Not every look counts them: then what was counted last stands here, with its age.
fn clients(f: &Frame, newest: &Diagnosis, known: &Known<'_>) -> String {
    let seen = known.seen();
    let counted = Counted::newest(&seen, known.sampled);
    let kept = known.newest.and_then(|newest| newest.counted);
    let (at, before, now) = match (counted, kept) {
        // The newest round could not ask every node: an earlier one did.
        (counted, Some(kept)) if counted.is_none_or(|counted| counted.at < kept.at) => (kept.at, kept.before, kept.now),
        (Some(Counted { at, standing }), _) => {
            let earlier = || {
                let known = seen.iter().filter(|seen| seen.at < at);
                let known = known.filter_map(|seen| Some((seen.at, seen.standing.clients_before()?)));
                known.max_by_key(|(at, _)| *at).map(|(_, before)| before)
            };
            (at, standing.clients_before().or_else(earlier), standing.clients().unwrap_or_default())
        }
        (None, _) => return f.t("hero-clients-unknown"),
    };
    // Of an older count nobody says "now", and of a closed incident of none.
    let is_fresh = known.open && at >= newest.at && f.now.millis_since(at) < COUNT_AGED_MS;
    let seen = match (is_fresh, known.open) {
        (true, _) => String::new(),
        (false, true) => f.aside(f.ago(at)),
        (false, false) => f.aside(f.moment_said(at)),
    };
    f.msg(match (before, is_fresh) {
        (Some(before), true) => clients_said("hero-clients", now, seen).with("before", before),
        (Some(before), false) => clients_said("hero-clients-last", now, seen).with("before", before),
        (None, true) => clients_said("hero-clients-now", now, seen),
        (None, false) => clients_said("hero-clients-counted", now, seen),
    })
}

fn clients_said(key: &str, now: i64, seen: String) -> Message {
    Message::new(key).with("now", now).with("seen", seen)
}

impl NowView {
    /// For how long, since then.
    #[must_use]
    pub fn lasting(&self, f: &Frame, since: &Timestamp) -> Markup {
        if self.is_last { components::lasted(&f.duration(self.at.millis_since(*since))) } else { f.since(*since) }
    }

    /// In words; `None`: that diagnosis says nothing of nodes. Of what is not open any more, no state is old. `seen`: what else
    /// says how the cluster stood, for what not every look counts; `sampled`: what the monitor counted. `by_look`: it is a quick
    /// look, and no round of checks. Of one that found nothing wrong it says "up", never "healthy": that is for what saw
    /// everything.
    #[must_use]
    pub fn new(
        f: &Frame,
        diagnosis: &Diagnosis,
        seen: &[&Diagnosis],
        sampled: Option<Counted<'_>>,
        (open, by_look): (bool, bool),
    ) -> Option<Self> {
        let seen: Vec<&Diagnosis> = seen.iter().copied().filter(|seen| seen.at < diagnosis.at).collect();
        let all: Vec<&Diagnosis> = seen.iter().copied().chain([diagnosis]).collect();
        let counted = Counted::newest(&all, sampled);
        let nodes = &diagnosis.standing.nodes;
        let nodes = nodes.iter().map(|node| NodeView::new(node, diagnosis.at, &seen, counted)).collect();
        let health = match diagnosis.health {
            Health::Unknown => None,
            Health::Healthy if by_look => Some(sign(LookState::Up)),
            health => Some(health.into()),
        };
        let old = open && f.now.millis_since(diagnosis.at) > f.old_after_ms();
        (!diagnosis.standing.is_empty()).then_some(Self { at: diagnosis.at, old, is_last: !open, health, nodes })
    }
}

impl NodeView {
    /// `seen`: what was seen before; `counted`: what counted the clients last.
    fn new(standing: &NodeStanding, at: Timestamp, seen: &[&Diagnosis], counted: Option<Counted<'_>>) -> Self {
        let NodeStanding { node: NodeName(name), doing, since, leads, .. } = standing;
        let stood = |standing: &Standing| standing.nodes.iter().find(|node| node.node.0 == *name).cloned();
        let of = |diagnosis: &Diagnosis| stood(&diagnosis.standing);
        let runs = |doing: NodeDoing| doing == NodeDoing::Running;
        // What a node held while it ran says nothing of it once it does not.
        let count = counted.and_then(|counted| Some((counted.at, stood(counted.standing)?)));
        let count = count.filter(|(_, node)| runs(node.doing) == runs(*doing));
        let (counted_at, clients, clients_before) = match &count {
            Some((counted_at, node)) => (Some(*counted_at), node.clients, node.clients_before),
            None => (None, None, None),
        };
        // What there was before the outage does not change with a round that no longer looks so far back.
        let before = || {
            let known = seen.iter().filter_map(|seen| Some((seen.at, of(seen)?.clients_before?)));
            known.max_by_key(|(at, _)| *at).map(|(_, before)| before)
        };
        let clients_before = clients_before.or(standing.clients_before).or_else(before);
        // A look that reads no logs does not know since when: what was seen last of the node does, where it was down already.
        let newest_first = || {
            let mut seen = seen.to_vec();
            seen.sort_by_key(|seen| std::cmp::Reverse(seen.at));
            seen.into_iter().filter_map(of).find(|node| node.doing != NodeDoing::Unseen)
        };
        let was_down = |node: &NodeStanding| node.doing.is_down();
        let since = if was_down(standing) { since.or_else(|| newest_first().filter(was_down)?.since) } else { *since };
        // A look that sees no process does not take away that its end was seen.
        let was_gone = || newest_first().is_some_and(|node| node.doing == NodeDoing::Gone);
        let doing = if *doing == NodeDoing::Refused && was_gone() { NodeDoing::Gone } else { *doing };
        let tone = match doing {
            NodeDoing::Running => Tone::Ok,
            NodeDoing::Starting => Tone::Running,
            NodeDoing::Hung
            | NodeDoing::Silent
            | NodeDoing::StartFailed
            | NodeDoing::Gone
            | NodeDoing::Refused
            | NodeDoing::Unreachable => Tone::Fail,
            NodeDoing::Unseen => Tone::Unknown,
        };
        Self {
            name: name.clone(),
            tone,
            word: format!("hero-doing-{}", doing.as_str().replace('_', "-")),
            since,
            leads: *leads,
            clients,
            counted_at: counted_at.filter(|counted_at| *counted_at < at && clients.is_some()),
            clients_before: clients_before.filter(|before| clients.is_some_and(|now| now < *before)),
        }
    }
}

/// Where the first bracket, colon or end of a sentence of a summary stands.
fn brief_end(summary: &str) -> usize {
    let ends = [summary.find(['(', '（', '：', '。']), summary.find(": ")];
    let end = ends.into_iter().flatten().min().unwrap_or(summary.len());
    summary[..end].trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colon_of_an_address_does_not_end_what_is_read_first() {
        for (summary, brief) in [
            ("n3 was killed (SIGKILL): no stop line", "n3 was killed"),
            ("10.0.0.1:8848, 10.0.0.2:8848 are gone: ports refuse", "10.0.0.1:8848, 10.0.0.2:8848 are gone"),
            ("10.0.0.1:8848 被强制杀死（SIGKILL）：没有停机记录", "10.0.0.1:8848 被强制杀死"),
            ("nothing ends it", "nothing ends it"),
        ] {
            assert_eq!(&summary[..brief_end(summary)], brief);
        }
    }

    fn to_do(key: &str, nodes: &[&str], done: bool) -> ToDoView {
        let mark = done.then(|| ("ada".to_owned(), Timestamp::from_millis(0)));
        let nodes: Vec<String> = nodes.iter().map(|node| (*node).to_owned()).collect();
        let (id, text, key) = (key.to_owned(), key.to_owned(), key.to_owned());
        ToDoView { id, text, key, nodes, commands: Vec::new(), mark, seen: None }
    }

    fn hero(to_dos: Vec<ToDoView>) -> Hero {
        Hero {
            tone: Tone::Fail,
            cause: None,
            no_cause: String::new(),
            impact: Vec::new(),
            led: None,
            tolerance: Tolerance { tone: Tone::Unknown, says: String::new(), so: String::new() },
            now: None,
            asked: AskedNow::default(),
            to_dos,
            dropped: Vec::new(),
            over: Vec::new(),
            over_key: "to-do-over",
            do_nots: Vec::new(),
            others: Vec::new(),
            verdict: None,
            moved: Vec::new(),
            is_over: false,
        }
    }

    #[test]
    fn a_node_is_not_started_before_what_stands_before_its_start_is_done() {
        let list = |saved: bool| {
            hero(vec![
                to_do("action-front-door", &["n2", "n3"], true),
                to_do("action-save-evidence", &["n3"], saved),
                to_do("action-start-node", &["n3"], false),
                to_do("action-after-start", &["n3"], false),
            ])
        };
        assert_eq!(list(false).before_start("n3"), ["action-save-evidence"]);
        assert!(list(true).before_start("n3").is_empty());
        assert!(list(false).before_start("n2").is_empty(), "nothing asks to start it");
        assert_eq!(list(false).first_open().map(|one| one.key.as_str()), Some("action-save-evidence"));
        assert_eq!(list(true).done_count(), 2);
    }

    #[test]
    fn neither_a_start_nor_what_follows_it_is_asked_for_before_a_start() {
        let all = hero(vec![
            to_do("action-restore-quorum", &["n1"], false),
            to_do("action-one-by-one", &["n1"], false),
            to_do("action-after-start", &["n1"], false),
            to_do("action-save-evidence", &["n1"], false),
            to_do("action-start-node", &["n1"], false),
            to_do("action-find-killer", &["n1"], false),
        ]);
        assert_eq!(all.before_start("n1"), ["action-save-evidence"]);
        let quorum =
            hero(vec![to_do("action-one-by-one", &["n1"], false), to_do("action-after-start", &["n1"], false)]);
        assert!(quorum.before_start("n1").is_empty());
    }

    #[test]
    fn a_step_ends_when_its_own_to_dos_are_done_and_not_before_repairs_are() {
        let list = |saved: bool| {
            hero(vec![
                to_do("action-save-evidence", &["n3"], saved),
                to_do("action-find-killer", &["n3"], false),
                to_do("action-start-node", &["n3"], false),
                to_do("action-secure-later", &[], false),
            ])
        };
        let due = |step: Step, saved: bool| list(saved).due(step).iter().map(|one| one.key.clone()).collect::<Vec<_>>();
        assert_eq!(due(Step::Confirm, false), ["action-save-evidence"]);
        assert!(due(Step::Confirm, true).is_empty());
        assert_eq!(due(Step::Network, true), ["action-find-killer"], "a start holds up no step but the last");
        assert_eq!(due(Step::Monitor, true), ["action-find-killer", "action-start-node"]);
    }

    fn seen(ms: i64, nodes: Vec<NodeStanding>) -> Diagnosis {
        let standing = Standing { nodes, ..Standing::default() };
        Diagnosis { standing, ..Diagnosis::bare(Timestamp::from_millis(ms), Health::Healthy) }
    }

    fn node(clients: Option<i64>) -> Vec<NodeStanding> {
        let (node, doing) = (NodeName::from("n1"), NodeDoing::Running);
        vec![NodeStanding { node, doing, since: None, leads: None, clients, clients_before: None, led_before: None }]
    }

    #[test]
    fn a_look_that_counted_no_clients_takes_no_count_away() {
        let (counted, later, newest) = (seen(1, node(Some(4))), seen(2, node(Some(7))), seen(3, node(None)));
        let at = |seen: &[&Diagnosis]| Counted::newest(seen, None).map(|one| one.at.as_millis());
        assert_eq!(at(&[&counted, &later, &newest]), Some(2));
        assert_eq!(at(&[&later, &counted]), Some(2));
        assert_eq!(at(&[&newest]), None);
        let shown = |node: &NodeStanding, seen: &[&Diagnosis]| {
            let view = NodeView::new(node, newest.at, seen, Counted::newest(seen, None));
            (view.clients, view.counted_at.map(|at| at.as_millis()), view.since.map(|at| at.as_millis()))
        };
        let now = &newest.standing.nodes[0];
        assert_eq!(
            shown(now, &[&counted, &later]),
            (Some(7), Some(2), None),
            "the count of the look before, with its age"
        );
        assert_eq!(shown(now, &[]), (None, None, None));
        let standing = Standing { nodes: node(Some(9)), ..Standing::default() };
        let sampled = Counted { at: Timestamp::from_millis(4), standing: &standing };
        let by_monitor = Counted::newest(&[&counted, &later], Some(sampled));
        let view = NodeView::new(now, newest.at, &[&later], by_monitor);
        assert_eq!((view.clients, view.counted_at), (Some(9), None), "the monitor counted after them");
        let gone = |since: Option<i64>| {
            let since = since.map(Timestamp::from_millis);
            NodeStanding { doing: NodeDoing::Gone, since, ..now.clone() }
        };
        assert_eq!(shown(&gone(None), &[&later]), (None, None, None), "what it held while it ran");
        let down = seen(2, vec![gone(Some(1))]);
        assert_eq!(shown(&gone(None), &[&counted, &down]), (None, None, Some(1)), "down since then");
        let refused = NodeStanding { doing: NodeDoing::Refused, ..gone(None) };
        let word = |seen: &[&Diagnosis]| NodeView::new(&refused, newest.at, seen, None).word;
        assert_eq!((word(&[&later]), word(&[&down])), ("hero-doing-refused".to_owned(), "hero-doing-gone".to_owned()));
        assert_eq!(shown(&gone(None), &[&down, &seen(3, node(None))]), (None, None, None), "it ran in between");
    }
}
