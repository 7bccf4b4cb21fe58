//! Made-up results for tests: the same seed gives the same calls.

use crate::call::*;

/// A small generator of numbers (SplitMix64).
pub struct Chance(pub u64);

impl Chance {
    /// A number below `below`.
    pub fn pick(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % below as u64) as usize
    }
}

/// An agent's name, a transcript and a call name that try to break out of a page.
pub const HOSTILE: &str = "<script>window.hacked=1</script>\"'><img src=x onerror=window.hacked=1>{{7*7}}</textarea>";

const TALK_EN: &[(Speaker, &str)] = &[
    (Speaker::Agent, "Thank you for calling Lakeview Bank, this is Emily speaking. How may I help you today?"),
    (Speaker::Customer, "Hi, I lost my debit card yesterday and nobody told me what to do."),
    (Speaker::Agent, "I'm sorry to hear that. I understand how worrying this is. May I have your name, please?"),
    (Speaker::Customer, "It's Anna Miller, and my number is [phone]."),
    (Speaker::Agent, "Thank you, Ms Miller. One moment please while I look that up."),
    (Speaker::Customer, "I have been waiting for this refund since last week. It is really frustrating."),
    (Speaker::Agent, "That's not my problem, you have to call another department."),
    (Speaker::Customer, "Well, can you at least block the card?"),
    (Speaker::Agent, "Your card is blocked now. A new one arrives within five working days."),
    (Speaker::Customer, "Okay, thank you, that is great."),
    (Speaker::Agent, "Is there anything else I can help you with? Thank you for calling, have a nice day."),
];
const TALK_ZH: &[(Speaker, &str)] = &[
    (Speaker::Agent, "您好，欢迎致电招商银行客户服务热线，客服代表小王很高兴为您服务，请问有什么可以帮助您？"),
    (Speaker::Customer, "你好，我的银行卡昨天丢了，怎么办啊？"),
    (Speaker::Agent, "非常抱歉，我理解您的着急。请问您贵姓？"),
    (Speaker::Customer, "我姓陈，电话是[phone]。"),
    (Speaker::Agent, "陈女士，请稍等，我帮您查询一下。"),
    (Speaker::Customer, "我都等了一个星期了，你们到底什么时候处理？太慢了。"),
    (Speaker::Agent, "这个不归我管，你自己去问别的部门吧。"),
    (Speaker::Customer, "那你先帮我挂失好不好？"),
    (Speaker::Agent, "好的，已经为您挂失，新卡五个工作日之内寄到。"),
    (Speaker::Customer, "好的，谢谢你。"),
    (Speaker::Agent, "请问还有什么可以帮助您？感谢您的来电，再见。"),
];
const CRITERIA: &[(&str, &str, &str, &str, i64)] = &[
    ("opening", "greeting", "Standard greeting", "标准问候语", 600),
    ("opening", "offers_help", "Offers help", "主动询问需求", 400),
    ("service", "uses_customer_name", "Uses the customer's name", "称呼客户姓氏", 300),
    ("service", "empathy_after_complaint", "Empathy after a complaint", "抱怨后共情", 800),
    ("service", "hold_announced", "Announces a hold", "等待前告知", 500),
    ("service", "dead_air", "No dead air", "无长时间静默", 500),
    ("service", "talk_share", "Lets the customer talk", "倾听占比", 400),
    ("closing", "closing_courtesy", "Closing courtesy", "结束语", 600),
    ("forbidden", "forbidden_blame_shifting", "Passing the buck", "推诿责任", 0),
    ("forbidden", "privacy", "No full card number read aloud", "不朗读完整卡号", 0),
];

/// Call number `index` of the sample: a third in English, some failed, some hostile.
pub fn call(index: usize) -> CallResult {
    let mut chance = Chance(index as u64 * 977 + 5);
    let zh = !index.is_multiple_of(3);
    let talk = if zh { TALK_ZH } else { TALK_EN };
    let agents_zh = ["王芳", "李强", "张敏", "刘洋", "陈静", "赵磊"];
    let agents_en = ["Emily Clark", "Kevin Moss", "Sophie Hart"];
    let agent = match index {
        7 => HOSTILE,
        _ if zh => agents_zh[chance.pick(6)],
        _ => agents_en[chance.pick(3)],
    };
    let skill = agent.len() % 4;
    let mut metadata = Metadata::default();
    let mut put = |column: &str, value: String| metadata.0.insert(column.to_owned(), value);
    put("agent", agent.to_owned());
    put("team", if agent.len() % 2 == 0 { "A".into() } else { "B".into() });
    put(
        "started_at",
        format!("2026-05-{:02}T{:02}:{:02}:00", 4 + chance.pick(9), 8 + chance.pick(11), chance.pick(60)),
    );
    put("direction", "inbound".into());
    let id = if index == 7 { format!("{HOSTILE} 7") } else { format!("call-{:05}", index + 1) };
    let failed = index % 23 == 11;
    let status = if failed {
        [Status::FailedUnsupportedCodec, Status::FailedEmpty, Status::FailedNotAudio][chance.pick(3)]
    } else if index % 31 == 19 {
        Status::DegradedTruncated
    } else {
        Status::Ok
    };
    let mut heard = heard(talk, zh, &mut chance, status);
    if index % 9 == 4 && !failed {
        let message = "both sides are on one channel: criteria about one side are unsure";
        heard.warnings.push(Warning { code: "single_track".into(), message: message.into() });
    }
    if index == 7 {
        heard.transcript.turns[1].text = HOSTILE.to_owned();
        heard.transcript.turns[1].words.clear();
    }
    let roles =
        Roles { by_channel: vec![Speaker::Agent, Speaker::Customer], certainty: 0.97, source: RoleSource::Metadata };
    let (measures, scorecards) = if failed {
        (Measures::default(), Vec::new())
    } else {
        (measures(&heard, zh, &mut chance), vec![scorecard(&heard, zh, skill, &mut chance)])
    };
    CallResult {
        id,
        path: format!("recordings/call-{:05}.wav", index + 1),
        metadata,
        heard,
        roles,
        measures,
        scorecards,
    }
}

fn heard(talk: &[(Speaker, &str)], zh: bool, chance: &mut Chance, status: Status) -> HeardCall {
    let failed = status.kind() == StatusKind::Failed;
    let mut turns = Vec::new();
    let mut speech = [Vec::new(), Vec::new()];
    let mut time = 500 + chance.pick(1500) as i64;
    for (speaker, text) in if failed { &[] } else { talk } {
        let channel = usize::from(*speaker == Speaker::Customer);
        let pieces: Vec<String> = if zh {
            text.replace("[phone]", "\u{1}")
                .chars()
                .map(|c| if c == '\u{1}' { "[phone]".into() } else { c.to_string() })
                .collect()
        } else {
            text.split_inclusive(' ').map(str::to_owned).collect()
        };
        let (start, each) = (time, if zh { 190 } else { 330 });
        let mut words = Vec::new();
        for piece in pieces {
            let span = TimeSpan::new(Ms(time), Ms(time + each));
            let mask = piece.contains("[phone]").then_some(MaskKind::Phone);
            words.push(Word { text: piece, span, probability: 0.3 + chance.pick(700) as f32 / 900.0, mask });
            time += each;
        }
        let span = TimeSpan::new(Ms(start), Ms(time));
        speech[channel].push(span);
        turns.push(Turn { channel, span, text: (*text).to_owned(), confidence: 0.8, words });
        time += if text.contains("One moment") || text.contains("稍等") {
            7_500
        } else {
            300 + chance.pick(1200) as i64 - 600
        };
    }
    let duration = Ms(if failed { 0 } else { time + 1500 });
    let hop = Ms(100);
    let channels = speech.map(|speech: Vec<TimeSpan>| {
        let loudness = (0..duration.0 / hop.0)
            .map(|index| {
                let talking = speech.iter().any(|span| span.contains(Ms(index * hop.0)));
                if talking { 18 + chance.pick(22) as u8 } else { 58 + chance.pick(12) as u8 }
            })
            .collect();
        ChannelSound { speech, loudness: Contour { hop, values: loudness }, ..ChannelSound::default() }
    });
    let language = if zh { "zh" } else { "en" };
    HeardCall {
        status,
        detail: if failed { "codec amr_nb; convert it: ffmpeg -i call.amr call.wav".into() } else { String::new() },
        warnings: Vec::new(),
        audio: AudioInfo {
            content_hash: "ab".repeat(32),
            duration,
            sample_rate: 8000,
            channels: 2,
            codec: "pcm_mulaw".into(),
        },
        sound: SoundMap { duration, channels: if failed { Vec::new() } else { channels.to_vec() } },
        transcript: Transcript {
            language: if failed { String::new() } else { language.into() },
            language_probability: 0.99,
            turns,
            dropped: Dropped::default(),
        },
        engine: Engine { model: "base".into(), ..Engine::default() },
    }
}

fn measures(heard: &HeardCall, zh: bool, chance: &mut Chance) -> Measures {
    let talk = |channel: usize| heard.sound.channels[channel].speech.iter().map(|span| span.length()).sum::<Ms>();
    let turns = &heard.transcript.turns;
    let silences: Vec<Silence> = turns
        .windows(2)
        .map(|pair| (TimeSpan::new(pair[0].span.end, pair[1].span.start), pair[0].channel))
        .filter(|(span, _)| span.length().0 >= 1000)
        .map(|(span, channel)| Silence {
            span,
            before: if channel == 0 { Speaker::Agent } else { Speaker::Customer },
            music: false,
        })
        .collect();
    Measures {
        agent_talk: Some(talk(0)),
        customer_talk: Some(talk(1)),
        talk: talk(0) + talk(1),
        agent_share_of_speech: Some(talk(0).seconds() / (talk(0) + talk(1)).seconds()),
        agent_share_of_call: Some(talk(0).seconds() / heard.sound.duration.seconds()),
        longest_silence: silences.iter().map(|silence| silence.span.length()).max().unwrap_or_default(),
        silences,
        interruptions: (0..chance.pick(2)).map(|_| Interruption { by: Speaker::Agent, span: turns[6].span }).collect(),
        agent_rate: Some(if zh { 240.0 } else { 150.0 } + chance.pick(60) as f64),
        customer_rate: Some(if zh { 230.0 } else { 140.0 }),
        rate_unit: Some(if zh { RateUnit::CharsPerMin } else { RateUnit::Wpm }),
        agent_pitch_spread: Some(2.0 + chance.pick(20) as f64 / 10.0),
        response_delay: Some(Ms(400 + chance.pick(1500) as i64)),
        ..Measures::default()
    }
}

fn scorecard(heard: &HeardCall, zh: bool, skill: usize, chance: &mut Chance) -> Scorecard {
    let turns = &heard.transcript.turns;
    let (mut earned, mut possible, mut lost) = (0, 0, 0);
    let mut criteria = Vec::new();
    let mut fatal = Vec::new();
    for (index, (section, id, en, zh_title, max)) in CRITERIA.iter().enumerate() {
        let luck = chance.pick(100);
        let outcome = match luck {
            0..4 => Outcome::Unsure,
            4..10 if *max > 0 => Outcome::NotApplicable,
            10..16 if *max > 0 => Outcome::Partial(0.5),
            luck if *max == 0 && luck < 10 => Outcome::Fail,
            luck if *max > 0 && luck < 34 - 5 * skill => Outcome::Fail,
            _ => Outcome::Pass,
        };
        let fraction = outcome.fraction().map(f64::from);
        let points = match (fraction, *max) {
            (Some(fraction), 0) => Points(((fraction - 1.0) * 500.0) as i64),
            (Some(fraction), max) => Points((fraction * max as f64) as i64),
            _ => Points(0),
        };
        let max_points = if fraction.is_some() { Points(*max) } else { Points(0) };
        possible += max_points.0;
        if *max == 0 {
            lost += points.0
        } else {
            earned += points.0
        }
        if *id == "privacy" && outcome == Outcome::Fail {
            fatal.push((*id).to_owned());
        }
        let reason = Reason::new(format!("{en}: {}", outcome.as_str()), format!("{zh_title}：{}", outcome.as_str()));
        let mut finding = Finding::new(outcome, reason);
        let turn = &turns[[0, 0, 4, 2, 4, 5, 6, 10, 6, 8][index]];
        if outcome != Outcome::NotApplicable && (outcome != Outcome::Fail || *max == 0 || index % 2 == 1) {
            let last = turn.words.len().min(8);
            let span = turn.words.get(last.saturating_sub(1)).map_or(turn.span, |word| turn.span.hull(word.span));
            let span =
                turn.words.first().map_or(span, |first| TimeSpan::new(first.span.start, turn.words[last - 1].span.end));
            finding.evidence.push(Evidence {
                speaker: if turn.channel == 0 { Speaker::Agent } else { Speaker::Customer },
                span,
                quote: turn.words[..last].iter().map(|word| word.text.as_str()).collect(),
                matched: (*en).to_owned(),
                similarity: 0.7 + chance.pick(30) as f32 / 100.0,
                probability: 0.6 + chance.pick(40) as f32 / 100.0,
            });
        } else {
            finding.searched = Some(TimeSpan::new(Ms(0), heard.sound.duration));
        }
        let title = if zh { zh_title } else { en };
        criteria.push(CriterionResult {
            id: (*id).to_owned(),
            section: (*section).to_owned(),
            title: (*title).to_owned(),
            finding,
            points,
            max_points,
        });
    }
    let whole = Points((earned * 10_000 / possible.max(1) + lost).clamp(0, 10_000));
    let score = if fatal.is_empty() { whole } else { Points(0) };
    let band = match score.0 {
        9000.. => ("Excellent", "优秀"),
        8000..9000 => ("Good", "合格"),
        6000..8000 => ("To improve", "待改进"),
        _ => ("Poor", "不合格"),
    };
    let sections = [
        ("opening", "Opening", "开场"),
        ("service", "Service", "服务"),
        ("closing", "Closing", "结束"),
        ("forbidden", "Must not be said", "禁语"),
    ];
    let section = |(id, en, zh_title): (&str, &str, &str)| {
        let rows = || criteria.iter().filter(|row| row.section == id);
        let (got, of): (i64, i64) = (rows().map(|row| row.points.0).sum(), rows().map(|row| row.max_points.0).sum());
        SectionResult {
            id: id.to_owned(),
            title: if zh { zh_title } else { en }.to_owned(),
            weight: 10.0,
            score: (of > 0).then(|| Points(got * 10_000 / of)),
        }
    };
    let rubric = if zh { "inbound-service-zh" } else { "inbound-service-en" };
    Scorecard {
        rubric: rubric.into(),
        rubric_version: "2026.1".into(),
        rubric_hash: "cd".repeat(32),
        status: CardStatus::Scored,
        score: Some(score),
        score_without_fatal: Some(whole),
        compliance_score: None,
        band: Some(if zh { band.1 } else { band.0 }.to_owned()),
        passed: Some(score.0 >= 8000),
        needs_review: criteria.iter().any(|row| row.finding.outcome == Outcome::Unsure),
        fatal,
        sections: sections.map(section).to_vec(),
        criteria,
    }
}
