//! Grading what was heard, and the key that tells whether a stored grade is still the right one.

use crate::call::{HeardCall, Measures, Metadata};
use crate::grade;
use crate::operators;
use crate::rubric::Rubric;
use crate::store::Graded;

/// The rubrics of a run.
#[derive(Debug)]
pub struct Judge {
    rubrics: Vec<Rubric>,
    agent_channel: Option<usize>,
    base: blake3::Hasher,
}

impl Judge {
    /// A judge with `rubrics`; `agent_channel` is the user's word on which channel the agent speaks on.
    pub fn new(rubrics: Vec<Rubric>, agent_channel: Option<usize>) -> Self {
        let mut base = blake3::Hasher::new();
        base.update(&[agent_channel.map_or(0, |channel| channel as u8 + 1)]);
        for rubric in &rubrics {
            base.update(rubric.hash.as_bytes()).update(&[0]);
        }
        Self { rubrics, agent_channel, base }
    }

    /// The rubrics.
    pub fn rubrics(&self) -> &[Rubric] {
        &self.rubrics
    }

    /// What begins the key of every grade that this program makes: grades of another one may differ from its own.
    pub fn program() -> String {
        format!("{}+{}:", env!("CARGO_PKG_VERSION"), operators::REVISION)
    }

    /// The program, and a hash over everything else that a grade is made from: the transcript's key, rubrics,
    /// metadata, settings.
    pub fn key(&self, content_hash: &str, heard_key: &str, metadata: &Metadata) -> String {
        let mut hasher = self.base.clone();
        hasher.update(content_hash.as_bytes()).update(&[0]).update(heard_key.as_bytes());
        for (column, cell) in &metadata.0 {
            hasher.update(&[0]).update(column.as_bytes()).update(&[0]).update(cell.as_bytes());
        }
        Self::program() + hasher.finalize().to_hex().as_str()
    }

    /// Grades one call.
    pub fn grade(&self, heard: &HeardCall, heard_key: &str, metadata: &Metadata) -> Graded {
        let roles = grade::find_roles(heard, metadata, self.agent_channel, &self.rubrics);
        Graded {
            measures: Measures::of(heard, &roles),
            scorecards: grade::grade_all(&self.rubrics, heard, metadata, &roles),
            key: self.key(&heard.audio.content_hash, heard_key, metadata),
            roles,
        }
    }
}
