//! How long grading takes: all shipped rubrics of a language on calls of 6, 12 and 24 minutes.
//!
//! The target is 5 ms for 60 criteria and the shortest call on one core, and twice the time for twice the length. The
//! rubrics come with all their lexicons, so that the phrases are as many as in use.

#![allow(missing_docs, clippy::unwrap_used, reason = "a measuring tool")]

use callgrade::call::{HeardCall, Metadata, Roles, script};
use callgrade::grade;
use callgrade::rubric::{self, Rubric, SourceError, Sources};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::path::Path;

struct Shipped;

impl Sources for Shipped {
    fn text(&self, path: &str) -> Result<String, SourceError> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("rubrics").join(path);
        Ok(std::fs::read_to_string(file).unwrap())
    }
}

/// The shipped rubrics of a language.
fn rubrics(language: &str) -> Vec<Rubric> {
    let names: &[&str] = match language {
        "zh" => &["inbound-service", "forbidden-phrases", "complaint-handling", "language-quality", "outbound-call"],
        _ => &["inbound-service", "forbidden-phrases", "complaint-handling"],
    };
    let load = |name| rubric::load(&format!("{name}-{language}.yaml"), &Shipped).unwrap().rubric.unwrap();
    names.iter().map(load).collect()
}

/// A call of so many minutes: turns of agent and customer in alternation, 4 characters or 2.5 words a second.
fn call(language: &str, minutes: usize) -> (HeardCall, Metadata, Roles) {
    let file = format!("tests/rubrics/harmless-{language}.txt");
    let lines = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let (agent, company) = if language == "zh" { ("小王", "招商银行") } else { ("Emily", "Lakeview Bank") };
    let mut script = format!("@language={language} agent={agent} company={company} direction=inbound\n");
    let mut time = 0.5;
    for (index, line) in lines.lines().cycle().enumerate() {
        let length = match language {
            "zh" => line.chars().count() as f64 / 4.0,
            _ => line.split_whitespace().count() as f64 / 2.5,
        };
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
    for language in ["zh", "en"] {
        let rubrics = rubrics(language);
        let count: usize = rubrics.iter().map(|rubric| rubric.order.len()).sum();
        let mut group = criterion.benchmark_group(format!("grade {language}, {count} criteria"));
        for minutes in [6, 12, 24] {
            let (heard, metadata, roles) = call(language, minutes);
            group.throughput(Throughput::Elements(minutes as u64));
            group.bench_with_input(BenchmarkId::new("minutes", minutes), &heard, |bencher, heard| {
                bencher.iter(|| black_box(grade::grade_all(&rubrics, black_box(heard), &metadata, &roles)));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, grading);
criterion_main!(benches);
