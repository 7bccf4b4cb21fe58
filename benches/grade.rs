//! How long grading takes: 60 criteria on calls of 6, 12 and 24 minutes.
//!
//! The target is 5 ms for the shortest on one core, and twice the time for twice the length. The rubric is the shipped
//! Mandarin ones with all their lexicons, so that the phrases are as many as in use.

#![allow(missing_docs, clippy::unwrap_used, reason = "a measuring tool")]

use callgrade::call::{HeardCall, Metadata, Roles, script};
use callgrade::grade;
use callgrade::rubric::{self, Rubric, SourceError, Sources};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::path::Path;

const CRITERIA: usize = 60;

struct Shipped;

impl Sources for Shipped {
    fn text(&self, path: &str) -> Result<String, SourceError> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("rubrics").join(path);
        Ok(std::fs::read_to_string(file).unwrap())
    }
}

/// The shipped Mandarin rubrics, cut to [`CRITERIA`] in all.
fn rubrics() -> Vec<Rubric> {
    let mut left = CRITERIA;
    let names = ["inbound-service", "forbidden-phrases", "complaint-handling", "language-quality", "outbound-call"];
    let mut rubrics: Vec<Rubric> =
        names.map(|name| rubric::load(&format!("{name}-zh.yaml"), &Shipped).unwrap().rubric.unwrap()).into();
    for rubric in &mut rubrics {
        rubric.order.truncate(left);
        left -= rubric.order.len();
    }
    rubrics
}

/// A call of so many minutes: turns of agent and customer in alternation, 4 characters a second.
fn call(minutes: usize) -> (HeardCall, Metadata, Roles) {
    let lines =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rubrics/harmless-zh.txt")).unwrap();
    let mut script = "@agent=小王 company=招商银行 direction=inbound\n".to_owned();
    let mut time = 0.5;
    for (index, line) in lines.lines().cycle().enumerate() {
        let length = line.chars().count() as f64 / 4.0;
        if time + length > minutes as f64 * 60.0 {
            break;
        }
        let speaker = if index % 2 == 0 { "agent" } else { "customer" };
        script.push_str(&format!("{speaker} {time:.2}s-{:.2}s: {line}\n", time + length));
        time += length + 0.4;
    }
    script::parse(&script).unwrap()
}

fn grading(criterion: &mut Criterion) {
    let rubrics = rubrics();
    let count: usize = rubrics.iter().map(|rubric| rubric.order.len()).sum();
    let mut group = criterion.benchmark_group(format!("grade {count} criteria"));
    for minutes in [6, 12, 24] {
        let (heard, metadata, roles) = call(minutes);
        group.throughput(Throughput::Elements(minutes as u64));
        group.bench_with_input(BenchmarkId::new("minutes", minutes), &heard, |bencher, heard| {
            bencher.iter(|| {
                for rubric in &rubrics {
                    black_box(grade::grade(rubric, black_box(heard), &metadata, &roles));
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, grading);
criterion_main!(benches);
