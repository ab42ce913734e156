//! The log scan against `rg`, `awk | grep` and itself, on logs of realistic size, as ratios of one run.
//!
//! `cargo bench --bench logscan -- FOLDER [--gib N]` writes three logs of N GiB (default 4), one after another, into a new
//! folder inside FOLDER, measures, and removes it; at most 15 GiB lie there at a time. `rg`, `awk` and `grep` must be
//! installed. Each log is in the page cache when it is searched, and commands take turns, so that whatever else the
//! machine does hits all of them; times are the sums of the three medians.
//!
//! Logs of one GiB where one pattern stands in 5, 30 and 90 of a hundred records come last: there the bar is the speed of
//! `rg`, per byte of what is searched, with the common pattern alone and with all twelve.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const NODEDOWN: &str = env!("CARGO_BIN_EXE_nodedown");
const GIB: u64 = 1024 * 1024 * 1024;
/// Bytes that a node writes in one day: 4 GiB.
const BYTES_A_DAY: u64 = 4 * GIB;
/// 2026-11-22 00:00:00 on the node's wall clock.
const MIDNIGHT_MS: u64 = 1_795_305_600_000;
/// The window; it lies in the first quarter of a GiB, so that files of all sizes have it.
const WINDOW: (&str, &str) = ("2026-11-22 01:00:00", "2026-11-22 01:15:00");
/// The window in logs where a pattern is common, and its bytes: most of a GiB.
const LONG_WINDOW: (&str, &str) = ("2026-11-22 00:15:00", "2026-11-22 05:45:00");
const LONG_WINDOW_BYTES: u64 = BYTES_A_DAY * 330 / (24 * 60);
/// Records of a hundred that hold the common pattern.
const COMMON: &str = "[ClientDisconnected]";
const DENSITIES: [u64; 3] = [5, 30, 90];
const PATTERNS: [&str; 12] = [
    "Connection refused: /10.",
    "java.lang.OutOfMemoryError",
    "[DISTRO-FAILED]",
    "Fail to connect server, after trying",
    "No space left on device",
    "start to shutdown this watcher",
    "Start destroying Publisher",
    "server is DOWN now",
    "ERROR_TYPE_LOG",
    "raft leader is null",
    "[ClientDisconnected]",
    "Member change to SUSPICIOUS",
];

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(2),
        Err(error) => {
            let _ = writeln!(io::stderr(), "bench logscan: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<bool> {
    let mut folder = None;
    let mut gib = 4;
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--gib" => gib = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(0),
            _ => folder = Some(PathBuf::from(argument)),
        }
    }
    let Some(folder) = folder.filter(|_| (1..=4).contains(&gib)) else {
        say(
            "usage: cargo bench --bench logscan -- FOLDER [--gib 1..4]\nFOLDER needs room for 15 GiB, less with --gib.",
        );
        return Ok(true);
    };
    let folder = Folder(folder.join(format!("nodedown-bench-{}", std::process::id())));
    fs::create_dir_all(&folder.0)?;
    measure(&folder.0, gib)
}

/// Removed with everything in it.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn measure(folder: &Path, gib: u64) -> io::Result<bool> {
    let patterns = folder.join("patterns.txt");
    fs::write(&patterns, PATTERNS.map(|pattern| format!("{pattern}\n")).concat())?;
    say(&format!("3 x {gib} GiB, 12 patterns, window {} to {}", WINDOW.0, WINDOW.1));
    let rg_arguments = ["-c", "-F", "-f"].map(str::to_owned).into_iter().chain([text(&patterns)]).collect::<Vec<_>>();
    let awk = format!("awk '$0>=\"{}\" && $0<\"{}\"'", WINDOW.0, WINDOW.1);
    let log = folder.join("node.log");
    let piped = format!("{awk} {} | LC_ALL=C grep -c -F -f {}", text(&log), text(&patterns));
    let mut tools = [
        Tool::new("nodedown, window", NODEDOWN, &scan(&patterns, true, true), &[&log]),
        Tool::new("rg -F -f, all of it", "rg", &rg_arguments, &[&log]),
        Tool::new("nodedown, all of it", NODEDOWN, &scan(&patterns, false, true), &[&log]),
        Tool::new("awk window | grep -F -f", "sh", &["-c".to_owned(), piped], &[]),
        Tool::new("nodedown, signatures, window", NODEDOWN, &scan(&patterns, true, false), &[&log]),
    ];
    let mut sums = [0.0; 5];
    let mut good = true;
    for node in 1..=3 {
        generate(&log, node, gib * GIB, 0)?;
        // Both read every byte: the log is in memory from here on, where there is enough.
        let (all_of_it, by_rg) = (sum(&tools[2].output()?), sum(&tools[1].output()?));
        let (counted, by_awk) = (sum(&tools[0].output()?), sum(&tools[3].output()?));
        // Continuation lines belong to their record here and to nothing in awk; the generator puts no pattern into them.
        say(&format!(
            "\nnode {node}: {counted} lines in the window, {by_awk} by awk | grep; {all_of_it} in all, {by_rg} by rg"
        ));
        good &= counted == by_awk && all_of_it == by_rg && counted > 0;
        let [window, rg, whole, awk_grep, own] = &mut tools;
        take_turns(&mut [window, rg, whole], 9)?;
        take_turns(&mut [awk_grep, own], 3)?;
        for (tool, sum) in tools.iter_mut().zip(&mut sums) {
            tool.print();
            *sum += tool.median();
            tool.times.clear();
        }
    }
    let [window, rg, whole, awk_grep, _] = sums;
    say("");
    good &= ratio("window against rg over all of it", rg / window, 25.0);
    good &= ratio("window against awk | grep", awk_grep / window, 100.0);
    good &= ratio("all of it against rg", rg / whole, 0.9);
    for tool in [&tools[0], &tools[2], &tools[4]] {
        let peak = tool.peak_kib()?;
        say(&format!("memory, {}: {:.1} MiB at most, the program itself included", tool.name, peak as f64 / 1024.0));
        good &= peak <= 24 * 1024;
    }
    say("");
    good &= is_flat(folder, &patterns, &log, gib)?;
    say("");
    good &= holds_where_hits_are_dense(folder, &patterns)?;
    say(if good { "all bars held" } else { "NOT all bars held" });
    Ok(good)
}

/// Measures the same window in logs of four sizes.
fn is_flat(folder: &Path, patterns: &Path, log: &Path, gib: u64) -> io::Result<bool> {
    let (mut tools, mut logs) = (Vec::new(), Vec::new());
    for size in [1, 2, 4, 8].map(|part| part * GIB * gib / 4) {
        let sized = folder.join(format!("{size}.log"));
        if size == gib * GIB {
            fs::rename(log, &sized)?;
        } else {
            generate(&sized, 3, size, 0)?;
        }
        let label = format!("window in {:.2} GiB", size as f64 / GIB as f64);
        tools.push(Tool::new(&label, NODEDOWN, &scan(patterns, true, true), &[&sized]));
        logs.push(sized);
    }
    for tool in &mut tools {
        tool.output()?;
    }
    take_turns(&mut tools.iter_mut().collect::<Vec<_>>(), 81)?;
    logs.iter().try_for_each(fs::remove_file)?;
    for tool in &tools {
        tool.print();
    }
    let medians: Vec<f64> = tools.iter().map(Tool::median).collect();
    let (least, most) = (medians.iter().copied().fold(f64::MAX, f64::min), medians.iter().copied().fold(0.0, f64::max));
    say(&format!("slowest size against fastest: {:+.1} % (at most 15)", (most / least - 1.0) * 100.0));
    Ok(most / least <= 1.15)
}

/// Compares with `rg` per byte where many lines hit.
fn holds_where_hits_are_dense(folder: &Path, all: &Path) -> io::Result<bool> {
    let one = folder.join("one.txt");
    fs::write(&one, format!("{COMMON}\n"))?;
    let log = folder.join("dense.log");
    let mut good = true;
    for percent in DENSITIES {
        generate(&log, 7, GIB, percent)?;
        for (patterns, path) in [("1 pattern", one.as_path()), ("12 patterns", all)] {
            let rg_arguments =
                ["-c", "-F", "-f"].map(str::to_owned).into_iter().chain([text(path)]).collect::<Vec<_>>();
            let window = scan_in(path, Some(LONG_WINDOW), true);
            let mut tools = [
                Tool::new("rg -F -f, all of it", "rg", &rg_arguments, &[&log]),
                Tool::new("nodedown, all of it", NODEDOWN, &scan(path, false, true), &[&log]),
                Tool::new("nodedown, long window", NODEDOWN, &window, &[&log]),
            ];
            let (by_rg, all_of_it) = (sum(&tools[0].output()?), sum(&tools[1].output()?));
            good &= by_rg == all_of_it && by_rg > 0;
            take_turns(&mut tools.iter_mut().collect::<Vec<_>>(), 9)?;
            say(&format!("{patterns}, common in {percent} % of the records: {all_of_it} lines, {by_rg} by rg"));
            tools.iter().for_each(Tool::print);
            let speeds = [GIB, GIB, LONG_WINDOW_BYTES].map(|bytes| bytes as f64 / 1e9);
            let [rg, whole, window] = [0, 1, 2].map(|tool: usize| speeds[tool] / tools[tool].median());
            say(&format!("GB/s: rg {rg:.2}, all of it {whole:.2}, window {window:.2}"));
            good &= ratio("all of it against rg, per byte", whole / rg, 1.0);
            good &= ratio("window against rg, per byte", window / rg, 1.0);
            let peak = tools[1].peak_kib()?.max(tools[2].peak_kib()?);
            say(&format!("memory: {:.1} MiB at most", peak as f64 / 1024.0));
            good &= peak <= 24 * 1024;
        }
    }
    Ok(good)
}

fn scan(patterns: &Path, window: bool, fixed: bool) -> Vec<String> {
    scan_in(patterns, window.then_some(WINDOW), fixed)
}

fn scan_in(patterns: &Path, window: Option<(&str, &str)>, fixed: bool) -> Vec<String> {
    let mut arguments = vec!["logscan".to_owned(), "--count".to_owned()];
    if let Some((from, to)) = window {
        arguments.extend(["--from", from, "--to", to].map(str::to_owned));
    }
    if fixed {
        arguments.extend(["--patterns".to_owned(), text(patterns)]);
    }
    arguments
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

fn ratio(name: &str, reached: f64, bar: f64) -> bool {
    say(&format!("{name}: {reached:.2}x (at least {bar})"));
    reached >= bar
}

/// The sum of what `-c` and `--count` print, one number a file, after `path:` where there are several.
fn sum(output: &str) -> u64 {
    output.lines().filter_map(|line| line.rsplit(':').next()?.trim().parse::<u64>().ok()).sum()
}

/// Runs each once a round, in turn.
fn take_turns(tools: &mut [&mut Tool], rounds: usize) -> io::Result<()> {
    for _ in 0..rounds {
        for tool in &mut *tools {
            let begun = Instant::now();
            tool.output()?;
            tool.times.push(begun.elapsed());
        }
    }
    Ok(())
}

struct Tool {
    name: String,
    program: String,
    arguments: Vec<String>,
    times: Vec<Duration>,
}

impl Tool {
    fn new(name: &str, program: &str, arguments: &[String], files: &[&Path]) -> Self {
        let arguments = arguments.iter().cloned().chain(files.iter().map(|file| text(file))).collect();
        Self { name: name.to_owned(), program: program.to_owned(), arguments, times: Vec::new() }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null());
        command
    }

    fn output(&mut self) -> io::Result<String> {
        let output = self.command().output()?;
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(io::Error::other(format!("{}: {} {why}", self.name, output.status)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Most memory that one more run had at a time; looked at while it runs.
    fn peak_kib(&self) -> io::Result<u64> {
        let mut child = self.command().stdout(Stdio::null()).spawn()?;
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        while child.try_wait()?.is_none() {
            let status = fs::read_to_string(&status).unwrap_or_default();
            let seen = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
            peak = peak.max(seen.and_then(|kib| kib.trim().parse().ok()).unwrap_or(0));
            std::thread::yield_now();
        }
        Ok(peak)
    }

    fn median(&self) -> f64 {
        let mut times = self.times.clone();
        times.sort();
        times.get(times.len() / 2).map_or(f64::NAN, Duration::as_secs_f64)
    }

    fn print(&self) {
        let best = self.times.iter().min().map_or(f64::NAN, Duration::as_secs_f64);
        let name = &self.name;
        say(&format!("{name:<30} median {:>9.2} ms, best {:>9.2} ms", self.median() * 1000.0, best * 1000.0));
    }
}

/// Random numbers that are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Writes a log of `size` bytes that begins at midnight; a larger file of the same seed begins with the smaller one. So many
/// percent of its records hold the common pattern.
fn generate(path: &Path, seed: u64, size: u64, common_percent: u64) -> io::Result<()> {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let (ordinary, telling) = bodies(&mut dice);
    let mut file = BufWriter::with_capacity(4 * 1024 * 1024, File::create(path)?);
    let mut written: u64 = 0;
    let mut line = Vec::new();
    while written < size {
        line.clear();
        // The clock follows the bytes, and a record in eight was handed over late by its thread.
        let in_day = (u128::from(written) * 86_400_000 / u128::from(BYTES_A_DAY)) as u64;
        let late = if dice.below(8) == 0 { dice.below(40).min(in_day) } else { 0 };
        stamp(&mut line, MIDNIGHT_MS + in_day - late);
        if common_percent > 0 && dice.below(100) < common_percent {
            let (id, a, b) = (dice.below(86_400_000), dice.below(256), dice.below(256));
            let left = format!("INFO {COMMON} Client {}_10.77.{a}.{b}_{id:05} left\n\n", MIDNIGHT_MS + id);
            line.extend_from_slice(left.as_bytes());
        } else {
            let body = if dice.below(6_000) == 0 { &telling } else { &ordinary };
            line.extend_from_slice(&body[dice.below(body.len() as u64) as usize]);
        }
        let left = usize::try_from(size - written).unwrap_or(usize::MAX).min(line.len());
        file.write_all(&line[..left])?;
        written += left as u64;
    }
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

/// `YYYY-MM-DD HH:MM:SS,mmm `, for the days after midnight.
fn stamp(line: &mut Vec<u8>, at_ms: u64) {
    let since = at_ms - MIDNIGHT_MS;
    let (day, second, milli) = (22 + since / 86_400_000, since / 1000 % 86_400, since % 1000);
    let mut text = *b"2026-11-00 00:00:00,000 ";
    let mut put = |at: usize, digits: u32, mut number: u64| {
        for place in (0..digits as usize).rev() {
            text[at + place] = b'0' + (number % 10) as u8;
            number /= 10;
        }
    };
    put(8, 2, day);
    put(11, 2, second / 3600);
    put(14, 2, second / 60 % 60);
    put(17, 2, second % 60);
    put(20, 3, milli);
    line.extend_from_slice(&text);
}

/// Records without their stamp: such as any day is full of, and such as tell of trouble.
fn bodies(dice: &mut Dice) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let mut ordinary = Vec::new();
    for _ in 0..4096 {
        let (a, b, port) = (dice.below(256), dice.below(256), 1024 + dice.below(60_000));
        let id = 1_795_300_000_000 + dice.below(86_400_000);
        let peer = 11 + dice.below(3);
        let body = match dice.below(40) {
            0..8 => format!(
                "INFO [Client-Add] Received distro client sync data {id}_10.77.{a}.{b}_{port}, revision={a}\n\n"
            ),
            8..14 => format!(
                "INFO [DISTRO] Receive distro data type: CHANGE, key: DistroKey{{resourceKey='{id}_10.77.{a}.{b}_{port}', \
                 resourceType='Nacos:Naming:v2:ClientData', targetServer='10.77.0.{peer}:8848'}}\n\n"
            ),
            14..20 => format!(
                "INFO Long connection metrics detail ,Total count ={a}, sdkCount={b},clusterCount=2, currentLimit=-1\n\n"
            ),
            20..25 => format!(
                "INFO [dump-ok] public+group-{a}+service-{b}.properties lastModified={id} md5={id:032x} length={port}\n\n"
            ),
            25..30 => format!(
                "INFO Client connection {id}_10.77.{a}.{b}_{port} disconnect, remove instances and subscribers\n\n"
            ),
            30..34 => format!("INFO The channel 10.77.0.{peer}:7848 is in state: READY.\n\n"),
            34..37 => format!(
                "WARN Long polling client 10.77.{a}.{b} keeps its connection for {port} ms, session of 服务 {id}\n\n"
            ),
            37 | 38 => format!(
                "DEBUG Node <naming_persistent_service_v2/10.77.0.{peer}:7848> sends AppendEntries to 10.77.0.11:7848, \
                 term {a}, index {id}, committed {port}\n\n"
            ),
            _ => {
                let mut text = format!(
                    "ERROR request handle failed, id {id}\n\njava.util.concurrent.TimeoutException: {port} ms\n"
                );
                for depth in 0..6 + dice.below(30) {
                    text.push_str(&format!(
                        "\tat com.alibaba.nacos.core.remote.Handler{depth}.handle(Handler.java:{})\n",
                        a + depth
                    ));
                }
                text.push('\n');
                text
            }
        };
        ordinary.push(body.into_bytes());
    }
    let telling = PATTERNS
        .iter()
        .map(|pattern| format!("ERROR nacos says: {pattern} while working on {}\n\n", dice.below(100_000)).into_bytes())
        .collect();
    (ordinary, telling)
}
