//! Single bits of the database flipped: the program starts all the same, the record that owns the bit says so, and all
//! others are as they were.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{Request, StatusCode, header};
use nodedown::app::App;
use nodedown::domain::finding::Step;
use nodedown::domain::id::IncidentId;
use nodedown::domain::user::Role;
use nodedown::store::Store;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::support::clock::ManualClock;
use crate::support::world::World;
use crate::support::{self, aloud, is_long, run_app};

/// Incidents in the database.
const INCIDENTS: i64 = 3;

/// A start and some pages take a second; what takes longer hangs.
const LIMIT: Duration = Duration::from_secs(30);

/// Bytes that a leaf of a table or an index begins with (https://www.sqlite.org/fileformat.html, 1.6).
const HEADER: usize = 8;

/// How many bits are flipped, one after the other, each in a fresh copy.
fn flips() -> u64 {
    if is_long() { 600 } else { 60 }
}

#[test]
fn a_flipped_bit_keeps_nothing_from_starting_and_hurts_one_record_at_most() {
    let made = tempfile::tempdir().expect("folder");
    let mut cookie = String::new();
    run_app(async |app| {
        app.person("ann", Role::Admin).await;
        cookie = app.log_in("ann").await;
        let first = app.incident().await;
        app.check_step(first, Step::Confirm).await;
        let cluster = app.read().incident(first).await.expect("incident").expect("some").cluster;
        for at in 1..INCIDENTS {
            let (cluster, note) = (cluster.to_string(), format!("note {at}"));
            let form =
                [("cluster", cluster.as_str()), ("kind", "outage"), ("note", &note), ("beside", "1"), ("nonce", &note)];
            assert_eq!(app.post("/incidents", &cookie, &form).await.status, StatusCode::SEE_OTHER);
            app.run_pending_checks().await;
        }
        for name in ["nodedown.db", "nodedown.db-wal"] {
            std::fs::copy(app.data.path().join(name), made.path().join(name)).expect("copied");
        }
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("runtime");
    runtime.block_on(flip_all(made.path(), &cookie));
}

async fn flip_all(made: &Path, cookie: &str) {
    // Everything into the one file.
    Store::open(made).await.expect("opens").close().await;
    let whole = std::fs::read(made.join("nodedown.db")).expect("the database");
    let owned = pages_with_an_owner(&made.join("nodedown.db")).await;
    // Bytes 16 and 17 of the file (https://www.sqlite.org/fileformat.html, 1.3.2).
    let page_size = usize::from(u16::from_be_bytes([whole[16], whole[17]]));
    // Most of a small database is room that nothing uses yet.
    let used: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] != 0).collect();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let (mut refused, mut marked) = (0, 0);
    for flip in 0..flips() {
        // SplitMix64: the same bits each time.
        random = random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (random ^ (random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let (at, bit) = (used[usize::try_from(mixed).expect("64 bits") % used.len()], flip % 8);
        let mut damaged = whole.clone();
        damaged[at] ^= 1 << bit;
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join("nodedown.db"), damaged).expect("written");
        let looked = tokio::time::timeout(LIMIT, start_and_look(folder.path(), cookie, at, bit)).await;
        match looked.unwrap_or_else(|_| panic!("bit {bit} of byte {at}: no answer within {LIMIT:?}")) {
            Some(is_marked) => marked += usize::from(is_marked),
            None => {
                // Pages are counted from 1, and begin with what leads to all rows of them. What a row owns costs that row
                // and not the start.
                let owner = owned.get(&(at / page_size + 1)).filter(|_| at % page_size >= HEADER);
                assert!(owner.is_none(), "bit {bit} of byte {at}, in {owner:?}, keeps the program from starting");
                refused += 1;
            }
        }
    }
    aloud(&format!(
        "{} bits flipped: {} starts, {marked} with a mark; {refused} say how to restore",
        flips(),
        flips() - refused
    ));
    assert!(marked > 0 && refused < flips(), "the flips hit nothing that a row owns");
}

async fn start_and_look(data: &Path, cookie: &str, at: usize, bit: u64) -> Option<bool> {
    match support::build_on(data, &Arc::new(World::of_three()), &Arc::new(ManualClock::default())).await {
        Ok(app) => look(&app, cookie, at, bit).await,
        Err(error) => {
            let said = format!("{error:#}");
            // What the whole database is described with has no owner: then the sentence says what to do.
            assert!(said.contains("nodedown restore FILE"), "bit {bit} of byte {at}: {said}");
            None
        }
    }
}

/// Whether something is marked; `None`: the table itself is hurt, and every page says how to restore. Fails if more than
/// one record is hurt, or one without a mark.
async fn look(app: &App, cookie: &str, at: usize, bit: u64) -> Option<bool> {
    let page = |path: String| {
        let request = Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).expect("request");
        support::ask(app, request)
    };
    let overview = page("/".to_owned()).await;
    // The person or the session may be what was hit: then somebody logs in anew.
    let known = overview.status == StatusCode::OK;
    let ends = async || {
        app.stopping.cancel();
        app.engine.stop();
        app.store.close().await;
    };
    if !known && overview.status != StatusCode::SEE_OTHER {
        // A name in the schema: no row owns it.
        assert!(overview.body.contains("nodedown restore FILE"), "bit {bit} of byte {at}: {}", overview.body);
        ends().await;
        return None;
    }
    let mut hurt = Vec::new();
    let mut pages: Vec<String> = Vec::new();
    for id in (1..=INCIDENTS).map(IncidentId) {
        let read = app.commands.read();
        let readable = read.incident(id).await.is_ok_and(|incident| incident.is_some());
        let steps = read.step_states(id).await.is_ok_and(|steps| !steps.is_empty());
        let mut failed =
            vec![page(format!("/incidents/{id}/steps/1")).await, page(format!("/incidents/{id}/report")).await];
        failed.retain(|page| known && page.status != StatusCode::OK);
        if !(readable && steps && failed.is_empty()) {
            hurt.push(id);
        }
        pages.extend(failed.into_iter().map(|page| page.body));
    }
    let damages = app.commands.read().damages().all();
    ends().await;
    // An inner page of a table holds the way to the rows of several: no row owns it either, and every page says what to do.
    if hurt.len() > 1 {
        let told = pages.iter().all(|page| page.contains("nodedown restore FILE"));
        assert!(told && !pages.is_empty(), "bit {bit} of byte {at} hurts {hurt:?}: {damages:?} {pages:?}");
        return None;
    }
    Some(!damages.is_empty() || !hurt.is_empty())
}

/// The pages whose bytes belong to rows, leaves of tables and indices, with the name of these. What every page of the program
/// is read with has no owner: the schema, the migrations that made it, the settings and the runbook. Neither has an inner
/// page, which leads to the rows of several records.
async fn pages_with_an_owner(file: &Path) -> BTreeMap<usize, String> {
    let leaves = "SELECT pageno, name FROM dbstat WHERE pagetype <> 'internal' AND name <> 'sqlite_schema' \
                  AND name NOT IN (SELECT name FROM sqlite_schema WHERE tbl_name IN \
                  ('_sqlx_migrations', 'settings', 'runbook_versions'))";
    let mut connection = SqliteConnectOptions::new().filename(file).connect().await.expect("opens");
    let rows: Vec<(i64, String)> = sqlx::query_as(leaves).fetch_all(&mut connection).await.expect("pages");
    rows.into_iter().map(|(page, name)| (usize::try_from(page).expect("a page"), name)).collect()
}
