//! The words of a runbook: one Markdown file a language, cut into steps.

use super::RunbookError;

/// One language of a runbook.
#[derive(Debug)]
pub(super) struct Words {
    file: String,
    /// The `# …` line.
    pub(super) title: String,
    sections: Vec<(u8, Section)>,
}

/// One step in one language.
#[derive(Debug)]
pub(super) struct Section {
    /// Name.
    pub(super) title: String,
    /// The question.
    pub(super) asks: String,
    /// Markdown.
    pub(super) instructions: String,
    /// One sentence.
    pub(super) exit: String,
}

impl Words {
    /// The section of a step.
    pub(super) fn step(&self, number: u8) -> Result<&Section, RunbookError> {
        self.sections.iter().find(|(found, _)| *found == number).map(|(_, section)| section).ok_or_else(|| {
            RunbookError {
                file: self.file.clone(),
                line: 1,
                what: format!("there is no `## {number} …` for step {number}"),
            }
        })
    }
}

/// Reads a file; `done` begins the last paragraph of each step.
pub(super) fn read(file: &str, text: &str, done: &str) -> Result<Words, RunbookError> {
    let wrong = |line: usize, what: &str| RunbookError { file: file.to_owned(), line, what: what.to_owned() };
    let mut title = None;
    let mut parts: Vec<(u8, usize, String, Vec<&str>)> = Vec::new();
    let mut in_code = false;
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if let (false, Some(heading)) = (in_code, line.strip_prefix("## ")) {
            let (step, name) = heading.split_once(' ').unwrap_or((heading, ""));
            let step = step.parse().map_err(|_| wrong(number, "a step begins with its number: `## 1 Name`"))?;
            if name.trim().is_empty() {
                return Err(wrong(number, "a step has a name behind its number"));
            }
            if parts.iter().any(|(found, ..)| *found == step) {
                return Err(wrong(number, "this step stands twice"));
            }
            parts.push((step, number, name.trim().to_owned(), Vec::new()));
        } else if let (false, Some(heading)) = (in_code, line.strip_prefix("# ")) {
            if title.replace(heading.trim().to_owned()).is_some() {
                return Err(wrong(number, "there is a second title"));
            }
        } else if let Some((.., lines)) = parts.last_mut() {
            lines.push(line);
        } else if !line.trim().is_empty() {
            return Err(wrong(number, "nothing stands between the title and the first step"));
        }
    }
    let title = title.ok_or_else(|| wrong(1, "there is no `# …` title"))?;
    let sections = parts
        .into_iter()
        .map(|(step, line, name, lines)| {
            section(name, &lines, done).map(|section| (step, section)).map_err(|what| wrong(line, &what))
        })
        .collect::<Result<_, _>>()?;
    Ok(Words { file: file.to_owned(), title, sections })
}

fn section(title: String, lines: &[&str], done: &str) -> Result<Section, String> {
    let first = lines.iter().position(|line| !line.trim().is_empty()).ok_or("the step is empty")?;
    let asks = lines[first].strip_prefix("> ").ok_or("a step begins with the question it answers: `> …`")?;
    let last = lines
        .iter()
        .rposition(|line| line.starts_with(done))
        .ok_or_else(|| format!("the step does not end in `{done} …`"))?;
    if lines[last + 1..].iter().any(|line| !line.trim().is_empty()) {
        return Err(format!("something stands behind `{done} …`"));
    }
    let exit = lines[last][done.len()..].trim();
    let instructions = lines.get(first + 1..last).unwrap_or_default().join("\n").trim().to_owned();
    if asks.trim().is_empty() || exit.is_empty() || instructions.is_empty() {
        return Err("a step has a question, instructions and an exit".to_owned());
    }
    Ok(Section { title, asks: asks.trim().to_owned(), instructions, exit: exit.to_owned() })
}
