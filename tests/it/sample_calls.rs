//! The sample calls, scored end to end with the real model and compared with the truth beside them.
//!
//! Needs Whisper base in the folder that `CALLGRADE_MODELS` names (`make test` sees to it); says so and passes where
//! there is none.

use crate::bench::{Bench, code, message};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// What a grader should say of one criterion: `pass`, `fail`, or nothing where it does not arise.
fn expected(expect: &Value, criterion: &str) -> Option<&'static str> {
    match criterion {
        "dead_air" | "one_word_answers" => {
            let none = expect[criterion].as_array().is_none_or(Vec::is_empty);
            Some(if none { "pass" } else { "fail" })
        }
        "complaint_steps" => {
            expect[criterion]["complete_and_in_order"].as_bool().map(|done| if done { "pass" } else { "fail" })
        }
        _ => expect[criterion].as_bool().map(|done| match (criterion, done) {
            ("interrupts_customer", true) => "fail",
            ("interrupts_customer", false) => "pass",
            (_, true) => "pass",
            (_, false) => "fail",
        }),
    }
}

const CRITERIA: &[&str] = &[
    "greeting",
    "offers_help",
    "closing_courtesy",
    "empathy_after_complaint",
    "apology",
    "hold_announced",
    "asks_to_speak_up_politely",
    "interrupts_customer",
    "dead_air",
    "one_word_answers",
    "complaint_steps",
];

/// The worst outcome of `criterion` over the call's scorecards; a part of the points counts as a failure.
fn outcome(call: &Value, criterion: &str) -> Option<String> {
    let mut found: Vec<&str> = call["scorecards"]
        .as_array()?
        .iter()
        .filter(|card| card["status"] == "scored")
        .flat_map(|card| card["criteria"].as_array().into_iter().flatten())
        .filter(|result| result["id"] == criterion && result["outcome"] != "not_applicable")
        .filter_map(|result| result["outcome"].as_str())
        .map(|outcome| if outcome == "partial" { "fail" } else { outcome })
        .collect();
    found.sort_unstable();
    found.first().map(|outcome| (*outcome).to_owned())
}

#[test]
fn the_sample_calls_are_judged_as_their_truth_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Some(models) =
        std::env::var_os("CALLGRADE_MODELS").filter(|models| Path::new(models).join("ggml-base.bin").is_file())
    else {
        eprintln!("skipped: no Whisper base in CALLGRADE_MODELS; `make test` installs it");
        return;
    };
    let bench = Bench::new();
    let mut score = bench.command(&["score", "--out", "results", "--rubric"]);
    for name in ["inbound-service", "forbidden-phrases", "complaint-handling"] {
        score.args(["zh", "en"].map(|language| root.join(format!("rubrics/{name}-{language}.yaml"))));
    }
    let done = score.arg(root.join("fixtures/calls")).env("CALLGRADE_MODELS", models).output().unwrap();
    assert_eq!(code(&done), 0, "{}", message(&done));
    let calls: BTreeMap<String, Value> = bench
        .export("results")
        .into_iter()
        .map(|call| (call["call"]["id"].as_str().unwrap().to_owned(), call))
        .collect();
    assert_eq!(calls.len(), 6);

    let (mut right, mut wrong) = (0, Vec::new());
    for (id, call) in &calls {
        let truth: Value =
            serde_json::from_str(&std::fs::read_to_string(root.join(format!("fixtures/calls/{id}.json"))).unwrap())
                .unwrap();
        for criterion in CRITERIA {
            let Some(expected) = expected(&truth["expect"], criterion) else { continue };
            match outcome(call, criterion) {
                Some(got) if got == expected => right += 1,
                got => wrong.push(format!("{id} {criterion}: expected {expected}, got {got:?}")),
            }
        }
        let share = call["measures"]["agent_share_of_speech"].as_f64().unwrap();
        let true_share = truth["measures"]["agent_share_of_speech"].as_f64().unwrap();
        assert!((share - true_share).abs() < 0.03, "{id}: agent share {share}, truth {true_share}");

        let said = truth["expect"]["forbidden"].as_array().unwrap();
        for card in call["scorecards"].as_array().unwrap() {
            for result in card["criteria"].as_array().into_iter().flatten() {
                let name = result["id"].as_str().unwrap();
                if !name.starts_with("forbidden_") || result["outcome"] != "fail" {
                    continue;
                }
                for evidence in result["evidence"].as_array().unwrap() {
                    let at = |value: &Value, key: &str| value[key].as_i64().unwrap();
                    let known = said.iter().any(|phrase| {
                        at(evidence, "start_ms") < at(phrase, "end_ms") + 800
                            && at(evidence, "end_ms") > at(phrase, "start_ms") - 800
                    });
                    assert!(known, "{id}: falsely accused by {name}: {evidence}");
                }
            }
        }
    }
    assert!(right >= 9 * (right + wrong.len()) / 10, "{right} right, wrong:\n{}", wrong.join("\n"));
}
