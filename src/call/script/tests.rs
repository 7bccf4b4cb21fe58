use super::*;
use crate::call::{RoleSource, TimeSpan};

const CALL: &str = "\
@agent=小王 company=招商 银行
agent 0.5s: 您好,hello world吗?
客户 3s-5.2s: 喂?
agent 1:02.5–1:08 (p=0.4, level=-40dB): 请稍等。
music 10s-20s
end 90s
";

#[test]
fn a_script_becomes_a_call() {
    let (call, metadata, roles) = parse(CALL).unwrap();
    assert_eq!((metadata.get("agent"), metadata.get("company")), (Some("小王"), Some("招商 银行")));
    assert_eq!(roles.by_channel, [Speaker::Agent, Speaker::Customer]);
    assert_eq!(call.transcript.language, "zh");
    assert_eq!(call.sound.duration, Ms(90_000));
    let turns = &call.transcript.turns;
    assert_eq!(turns[0].span, TimeSpan::new(Ms(500), Ms(2050)), "three characters and two words");
    let texts: Vec<&str> = turns[0].words.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(texts, ["您", "好,", "hello", " world", "吗?"]);
    assert_eq!(turns[1].span, TimeSpan::new(Ms(3000), Ms(5200)));
    assert_eq!((turns[2].span, turns[2].confidence), (TimeSpan::new(Ms(62_500), Ms(68_000)), 0.4));
    assert_eq!(call.sound.channels[0].loudness.within(turns[2].span)[0], 40);
    assert_eq!(call.sound.channels[0].non_speech[0].span, TimeSpan::new(Ms(10_000), Ms(20_000)));
    for turn in turns {
        assert_eq!(turn.words.iter().map(|word| word.text.as_str()).collect::<String>(), turn.text);
        assert!(turn.words.iter().all(|word| turn.span.hull(word.span) == turn.span));
    }
}

#[test]
fn turns_without_times_follow_each_other() {
    let (call, ..) = parse("客服\u{FF1A}您好。\nsilence 8s\n顾客:喂。\nagent: At 10:30 then.\n").unwrap();
    let turns = &call.transcript.turns;
    assert_eq!(turns[1].span.start, Ms(8800), "half a second of words, 8 s of silence, the usual pause");
    assert_eq!(turns[2].text, "At 10:30 then.");
    assert!(turns[2].span.start > turns[1].span.end);
}

#[test]
fn guessed_ends_do_not_interrupt_but_written_ones_do() {
    let (call, ..) = parse("agent 0: one two three four\ncustomer 1s: yes\nagent 5s-9s: a b\ncustomer 6s: no").unwrap();
    let turns = &call.transcript.turns;
    assert_eq!(turns[0].span.end, turns[1].span.start);
    assert!(turns[2].span.overlaps(turns[3].span));
}

#[test]
fn a_time_may_stand_in_front() {
    let (call, ..) = parse("[0:12] Agent: hello\n[0:20-0:21] Customer (p=0.3): hi").unwrap();
    let spans: Vec<Ms> = call.transcript.turns.iter().map(|turn| turn.span.start).collect();
    assert_eq!((spans, call.transcript.turns[1].confidence), (vec![Ms(12_000), Ms(20_000)], 0.3));
}

#[test]
fn one_track_has_unknown_speakers() {
    let (call, _, roles) = parse("unknown 1s: hello there\n").unwrap();
    assert_eq!((roles.by_channel.as_slice(), roles.source), ([Speaker::Unknown].as_slice(), RoleSource::SingleTrack));
    assert_eq!(call.sound.channels.len(), 1);
}

#[test]
fn the_line_of_a_mistake_is_named() {
    let line = |text: &str| parse(text).map(|_| 0).unwrap_or_else(|error| error.line);
    assert_eq!(line("agent 0s: ok\n\nnobody: hm"), 3);
    assert_eq!(line("agent 5s-3s: ok"), 1);
    assert_eq!(line("agent 0s:"), 1);
    assert_eq!(line("agent xs: hm"), 1);
    assert_eq!(line("agent (q=1): hm"), 1);
    assert_eq!(line("end 9999999s"), 1);
    assert_eq!(line("@=3"), 1);
}

#[test]
fn subtitles_and_headings_name_speakers() {
    for text in [
        "WEBVTT\n\n00:01.000 --> 00:03.000\nEmily Stone: Hello\n\n00:04.000 --> 00:06.000\nTom Hill: Hi\n",
        "1\n00:00:01,000 --> 00:00:03,000\n<v Emily Stone>Hello</v>\n\n2\n00:00:04,000 --> 00:00:06,000\n<v Tom Hill>Hi</v>\n",
        "Emily Stone  0:01\nHello\n\nTom Hill  0:04\nHi\n",
    ] {
        let pasted = pasted(text, None).unwrap();
        assert_eq!(pasted.guessed.len(), 2, "{}", pasted.script);
        let (call, _, roles) = parse(&pasted.script).unwrap();
        let turns: Vec<_> = call
            .transcript
            .turns
            .iter()
            .map(|turn| (roles.of(turn.channel), turn.span.start, turn.text.as_str()))
            .collect();
        assert_eq!(turns, [(Speaker::Agent, Ms(1000), "Hello"), (Speaker::Customer, Ms(4000), "Hi")]);
    }
    assert_eq!(pasted("1\n00:00:01,000 --> 00:00:03,000\nHello there\n", None), None);
}

#[test]
fn a_transcript_has_no_sound_but_what_is_marked() {
    let loudness = |text: &str| {
        let ((call, ..), written) = transcript(text).unwrap();
        (!call.sound.channels[0].loudness.values.is_empty(), written)
    };
    let (heard, written) = loudness("agent: Hello.\ncustomer: Hi.\n");
    assert!(!heard);
    assert_eq!(written, Written::default());
    let (heard, written) = loudness("agent 0s-2s: Hello.\ncustomer (level=-20): Hi.\n");
    assert!(heard && written.times && written.level && !written.pitch);
    assert!(loudness("agent: Hello.\nsilence 5s\n").1.times);
}
