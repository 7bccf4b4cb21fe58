//! Every word of the report, in both languages, in one table. `{}` stands for a value, in order.

use super::language::Language;
use crate::call::Status;

macro_rules! words {
    ($($name:ident: $en:literal, $zh:literal;)+) => {
        /// The words of one language.
        #[derive(Debug)]
        pub struct Words {
            $(#[doc = $en] pub $name: &'static str,)+
        }

        const EN: Words = Words { $($name: $en,)+ };
        const ZH: Words = Words { $($name: $zh,)+ };

        #[cfg(test)]
        const PAIRS: &[(&str, &str)] = &[$(($en, $zh),)+];
    };
}

impl Words {
    /// The words of `language`.
    pub const fn of(language: Language) -> &'static Words {
        match language {
            Language::En => &EN,
            Language::Zh => &ZH,
        }
    }
}

/// `pattern` with its `{}` replaced by `values` in order.
pub fn fill(pattern: &str, values: &[&dyn std::fmt::Display]) -> String {
    let mut parts = pattern.split("{}");
    let mut text = parts.next().unwrap_or_default().to_owned();
    let mut values = values.iter();
    for part in parts {
        if let Some(value) = values.next() {
            text.push_str(&value.to_string());
        }
        text.push_str(part);
    }
    text
}

words! {
    html_lang: "en", "zh-CN";
    skip: "Skip to content", "跳到正文";
    pages: "Pages", "页面";
    day: "Day", "日报";
    all_calls: "All calls", "全部通话";
    agents: "Agents", "坐席";
    criteria: "Criteria", "评分项";
    insights: "Insights", "洞察";
    footer: "Made on this machine by callgrade. Personal numbers are masked. A criterion marked unsure was not judged and costs no points.",
        "由 callgrade 在本机生成。个人号码已遮盖。标为“待确认”的评分项未作判定，不扣分。";

    agent: "Agent", "坐席";
    customer: "Customer", "客户";
    unknown: "Speaker", "说话人";
    nobody: "(no agent)", "（无坐席）";
    team: "Team", "班组";
    rubric: "Rubric", "评分表";
    criterion: "Criterion", "评分项";
    band: "Band", "等级";
    reason: "Reason", "原因";
    call: "Call", "通话";
    calls: "Calls", "通话";
    when: "When", "时间";
    length: "Length", "时长";
    score: "Score", "得分";
    section: "Section", "部分";
    all: "all", "全部";
    shown: "{} of {}", "{} / {}";
    shown_part: "{} of {} in this part", "本分页 {} / {}";
    find: "Find", "查找";
    clear: "Clear", "清除";
    more: "Show more", "显示更多";
    part: "Part", "分页";
    date: "Date", "日期";

    heading: "Quality of {} calls", "{} 通通话的质检";
    heading_one: "Quality of one call", "1 通通话的质检";
    period: "{} to {}", "{} 至 {}";
    listed: "Recordings", "录音";
    listed_note: "{} read, {} not", "{} 已读取，{} 未读取";
    scored: "Scored", "已评分";
    scored_note: "{} not scored", "{} 未评分";
    mean_score: "Mean score", "平均分";
    pass_rate: "Passed", "合格率";
    fatal_calls: "With a fatal point", "致命项通话";
    to_review: "To review", "待复核";
    to_review_note: "{} of the calls", "占通话的 {}";
    listened: "Listened to", "总时长";
    distribution: "Scores of the calls", "通话得分分布";
    by_rubric: "By rubric", "按评分表";
    mean: "Mean", "均分";
    passed: "Passed", "合格";
    not_passed: "Not passed", "未合格";
    with_fatal: "Fatal", "致命";
    not_heard: "Recordings without a full result", "未得到完整结果的录音";
    no_failures: "Every recording was read in full.", "所有录音均已完整读取。";
    notices: "Worth knowing", "提示";
    in_a_call: "{} call: {}", "{} 通：{}";
    in_calls: "{} calls: {}", "{} 通：{}";
    queue: "Review queue", "复核队列";
    queue_note: "Calls that a person should look at: fatal first, then unsure, far from the agent's own mean, and low.",
        "需要人工查看的通话：先致命，再待确认，再偏离本人均值，再低分。";
    queue_empty: "Nothing to review.", "没有需要复核的通话。";
    fatal: "Fatal", "致命";
    unsure: "Unsure", "待确认";
    outlier: "Outlier", "偏离均值";
    low: "Low", "低分";
    not_scored: "Not scored", "未评分";
    fatal_reason: "Fatal: {}", "致命：{}";
    unsure_reason: "Unsure: {}", "待确认：{}";
    above_reason: "{} SD above own mean {}", "高于本人均值 {} 个标准差（均值 {}）";
    below_reason: "{} SD below own mean {}", "低于本人均值 {} 个标准差（均值 {}）";
    low_reason: "Below pass mark: {}", "低于合格线：{}";
    and_more: "{} and {} more", "{} 等（另 {} 项）";

    trend: "Trend", "趋势";
    everyone: "everyone", "全体";
    against: "everyone: {}", "全体：{}";
    sections: "Sections", "各部分得分";
    most_lost: "Most lost", "失分最多";
    lost_note: "{} points a call · met in {} of {} calls", "平均每通失 {} 分 · {}/{} 通达标";
    nothing_lost: "No points were lost.", "没有失分。";
    strengths: "Strengths", "优势";
    strength_note: "{} points above everyone ({} calls)", "高于全体 {} 个百分点（{} 通）";
    strength_even: "Met in {} of {} calls", "{}/{} 通达标";
    listed_first: "The first {} of {}; the page of all calls lists every one.", "前 {} / {} 通；“全部通话”页列出所有通话。";
    too_few: "Too few judged calls to say.", "可判定的通话太少，暂无结论。";
    forbidden: "Forbidden phrases", "禁语";
    no_forbidden: "None was heard.", "未听到禁语。";
    times: "{} ×", "{} 次";
    coaching_notes: "Notes", "辅导记录";
    team_lead: "Team lead", "班组长";
    days: "{} calls on {} days", "{} 通通话，共 {} 天";
    one_day: "{} calls", "{} 通通话";
    one_call: "1 call", "1 通通话";
    not_scored_by: "Not scored by {} rubrics", "{} 份评分表未评分";
    talk_share: "Talk share", "话语占比";
    longest_silence: "Dead air", "静默";
    longest_silence_long: "Longest dead air", "最长静默";
    interruptions: "Interruptions", "打断客户";
    per_call: "a call", "每通";
    speech_rate: "Speech rate", "语速";
    wpm: "words/min", "词/分";
    unit: "Unit", "单位";
    chars_per_min: "characters/min", "字/分";
    pitch: "Pitch spread", "语调起伏";
    semitones: "semitones", "半音";
    response_delay: "Answer after", "应答间隔";
    feeling_change: "Customers' feeling", "客户情绪";
    feeling_note_short: "start to end, by cue words", "通话前段到后段，按提示词";
    seconds: "{} s", "{} 秒";
    team_mean: "everyone {}", "全体 {}";

    outcomes: "Outcomes", "结果";
    earned: "Earned", "达标度";
    pass: "Met", "达标";
    partial: "Partly", "部分达标";
    fail: "Not met", "未达标";
    failed: "Not met", "未达标";
    not_applicable: "Does not apply", "不适用";
    by_agent: "By agent", "按坐席";
    best: "Best examples", "优秀示例";
    worst: "Worst examples", "反面示例";
    no_best: "No call met it yet.", "还没有达标的通话。";
    no_worst: "No call failed it.", "没有未达标的通话。";
    to_check: "To check", "待确认示例";
    clips_hint: "Clips for a coaching session:", "为辅导准备音频片段：";
    judged: "Judged", "已判定";

    customer_phrases: "Customers often say", "客户常说";
    agent_phrases: "Agents often say", "坐席常说";
    phrases_note: "By the number of calls in which it is said.", "按出现的通话数排列。";
    no_phrases: "No phrase recurs yet.", "暂无重复出现的短语。";
    complaints: "What complaints are about", "投诉类别";
    complaints_note: "{} of {} calls hold a complaint, by cue words; one call can be in several classes.",
        "{} / {} 通通话含有抱怨（按提示词）；一通可属多类。";
    product: "Product", "产品";
    process: "Service process", "服务流程";
    communication: "Communication", "沟通";
    individual: "Individual need", "个性化需求";
    feeling: "Customers' feeling by day", "客户情绪（按日）";
    feeling_start: "start of the call", "通话前段";
    feeling_end: "end of the call", "通话后段";
    feeling_note: "Good cue words less bad ones, from -1 to 1; a hint, not a verdict.", "好评提示词减差评提示词，-1 到 1；仅供参考，不作判定。";
    hours: "Calls by hour", "按小时的通话";
    hours_note: "Colour: number of calls. Below each number: mean score.", "颜色表示通话数量；数字下方为平均分。";
    no_times: "No start times are known (column started_at of CALLS.csv).", "没有开始时间（CALLS.csv 的 started_at 列）。";
    monday: "Mon", "周一";
    tuesday: "Tue", "周二";
    wednesday: "Wed", "周三";
    thursday: "Thu", "周四";
    friday: "Fri", "周五";
    saturday: "Sat", "周六";
    sunday: "Sun", "周日";
    no_chart: "Nothing has been scored.", "暂无评分结果。";
    no_trend: "A trend needs calls of two days (column started_at of CALLS.csv).", "趋势需要至少两天的通话（CALLS.csv 的 started_at 列）。";

    silence: "silence", "静默";
    overlap: "both at once", "重叠";
    hold: "music or tone", "音乐或提示音";
    interruption: "Interruption by {}", "{}打断";
    transcript: "Transcript", "文字记录";
    no_words: "Nobody speaks in this recording.", "录音中没有人说话。";
    low_confidence: "unclear words", "识别不清";
    met: "met", "达标";
    missed: "not met", "未达标";
    partly_or_unsure: "partly, or unsure", "部分达标或待确认";
    audio_unplayable: "This browser cannot play the recording's encoding ({}). callgrade report --with-audio writes copies that it can.",
        "此浏览器无法播放该录音的编码（{}）。callgrade report --with-audio 可生成可播放的副本。";
    audio_missing: "The recording is not beside this report: {}", "报告旁没有录音：{}";
    searched: "searched {} to {}", "已检索 {} 至 {}";
    as_if: "{} without the fatal point", "不计致命项为 {}";
    origin: "Origin", "来源";
    recording: "Recording", "录音文件";
    encoding: "Encoding", "编码";
    model: "Model", "模型";
    language: "Language", "语言";
    status: "Status", "状态";
    dropped: "Invented text removed", "已剔除的虚构文字";
    dropped_words: "{} words", "{} 词";

    sheet_calls: "Calls", "通话";
    sheet_criteria: "Criteria", "评分项";
    sheet_agents: "Agents", "坐席";
    sheet_failures: "Failures", "失败";
    started: "Started", "开始时间";
    outcome: "Outcome", "结果";
    points: "Points", "得分点";
    max_points: "Of", "满分";
    evidence: "Evidence", "证据";
    at: "At", "位置";
    cause: "Cause", "原因";
    remedy: "Remedy", "处理办法";
    yes: "yes", "是";
    no: "no", "否";
    examples_title: "Examples: {}", "示例：{}";
    context_note: "Clips are cut with some context. Personal numbers are beeped; key tones are muted.", "片段带有前后语境。个人号码已用提示音覆盖；按键音已静音。";
    no_clip: "No clip: {}", "无片段：{}";
    no_span: "the finding has no place in the recording (it is about something that was not said)", "该结论在录音中没有位置（针对未说出的内容）";
    no_recording: "the recording cannot be read ({})", "录音无法读取（{}）";
    sheet_question_heard: "What did you hear?", "你听到了什么？";
    sheet_question_better: "What would be better?", "怎样说会更好？";
    sheet_question_next: "What will you try next time?", "下次打算怎么做？";
    coaching_sheet: "Coaching sheet", "辅导表";
}

impl Words {
    /// What became of a recording.
    pub fn status(&self, status: Status) -> &'static str {
        let zh = self.html_lang != "en";
        let pick = |en: &'static str, zh_text: &'static str| if zh { zh_text } else { en };
        match status {
            Status::Ok => pick("read in full", "已完整读取"),
            Status::OkNoSpeech => pick("nobody speaks", "无人说话"),
            Status::DegradedTruncated => pick("the file ends early", "文件提前结束"),
            Status::DegradedCorrupt => pick("parts of the file are damaged", "文件部分损坏"),
            Status::FailedEmpty => pick("the file holds no sound", "文件没有声音"),
            Status::FailedUnreadable => pick("the file cannot be opened", "文件无法打开"),
            Status::FailedNotAudio => pick("not a recording", "不是录音文件"),
            Status::FailedUnsupportedCodec => pick("the encoding is not supported", "不支持的编码"),
            Status::FailedBadHeader => pick("the header is wrong", "文件头有误"),
            Status::FailedLimit => pick("over a limit of length, size or time", "超过时长、大小或时间限制"),
            Status::FailedChangedDuringRead => pick("the file changed while it was read", "读取期间文件发生变化"),
            Status::FailedDecode => pick("decoding failed", "解码失败"),
            Status::FailedAsr => pick("speech recognition failed", "语音识别失败"),
            Status::QuarantinedCrash => {
                pick("it crashed the reader twice and was set aside", "两次导致读取进程崩溃，已隔离")
            }
            Status::SkippedDuplicate => pick("same content as another recording", "与另一录音内容相同"),
            Status::SkippedTooNew => pick("it may still be written", "可能仍在写入"),
            Status::Pending => pick("not yet read", "尚未读取"),
        }
    }

    /// What a warning means in any call, by its code; `None` for a code that is not known here.
    pub fn warning(&self, code: &str) -> Option<&'static str> {
        let (en, zh) = match code {
            "copied_mono" => (
                "channels carry the same sound: it is heard once, as one channel",
                "多个声道内容相同：只识别一次，按单声道处理",
            ),
            "inverted_channel" => (
                "one channel is turned round in sign: mixed to one channel they would cancel",
                "有声道极性相反：混成单声道会互相抵消",
            ),
            "silent_channel" => ("a channel is silent from start to end", "有声道自始至终无声"),
            "one_way_audio" => (
                "only one channel has speech: the other side is silent or was not recorded",
                "只有一个声道有人说话：另一方没有出声或没有录上",
            ),
            "cross_talk" => (
                "a channel carries the other side faintly: it is not counted as speech",
                "声道里能微弱听到另一方：不算作说话",
            ),
            "clipping" => ("the loudest places are cut off: recognition suffers", "音量最大处被削波：识别效果会变差"),
            "dc_offset" => ("a channel has a constant part", "有声道存在直流偏移"),
            _ => return None,
        };
        Some(if self.html_lang == "en" { en } else { zh })
    }

    /// What to do about it; empty where there is nothing to do.
    pub fn remedy(&self, status: Status) -> &'static str {
        let zh = self.html_lang != "en";
        let pick = |en: &'static str, zh_text: &'static str| if zh { zh_text } else { en };
        match status {
            Status::Ok | Status::OkNoSpeech => "",
            Status::DegradedTruncated => pick(
                "The part before the cut was graded. Fetch the recording again if the end matters.",
                "已对截断前的部分评分。如需结尾，请重新获取录音。",
            ),
            Status::DegradedCorrupt => {
                pick("The readable parts were graded. Fetch the recording again.", "已对可读部分评分。请重新获取录音。")
            }
            Status::FailedEmpty => pick(
                "Check the recorder: the line was opened, but no sound was stored.",
                "请检查录音设备：已接通，但没有存下声音。",
            ),
            Status::FailedUnreadable => {
                pick("Check that the file is there and that you may read it.", "请确认文件存在且有读取权限。")
            }
            Status::FailedNotAudio => pick("Leave it out, or export it as audio.", "请移除，或导出为音频。"),
            Status::FailedUnsupportedCodec => pick(
                "Convert it; the line below names the encoding and the command.",
                "请转换格式；下方列出了编码和命令。",
            ),
            Status::FailedBadHeader | Status::FailedDecode => {
                pick("Export the recording again from the telephone system.", "请从电话系统重新导出录音。")
            }
            Status::FailedLimit => {
                pick("Split the recording, or leave it out if it is not a call.", "请拆分录音；若不是通话请移除。")
            }
            Status::FailedChangedDuringRead | Status::SkippedTooNew => {
                pick("Run the same command again when the recording is finished.", "录音完成后再次运行同一命令。")
            }
            Status::FailedAsr => pick(
                "Run the command again with --retry-failed; if it recurs, run callgrade doctor.",
                "请加上 --retry-failed 再次运行；若仍失败，请运行 callgrade doctor。",
            ),
            Status::QuarantinedCrash => pick(
                "Export the recording again; --retry-failed tries it once more.",
                "请重新导出录音；--retry-failed 可再试一次。",
            ),
            Status::SkippedDuplicate => {
                pick("Nothing to do: its content was graded once.", "无需处理：相同内容已评分一次。")
            }
            Status::Pending => pick("Run the same command again to go on.", "再次运行同一命令即可继续。"),
        }
    }

    /// The days of the week from Monday.
    pub fn weekdays(&self) -> [&'static str; 7] {
        [self.monday, self.tuesday, self.wednesday, self.thursday, self.friday, self.saturday, self.sunday]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_take_the_same_values() {
        for (en, zh) in PAIRS {
            assert_eq!(en.matches("{}").count(), zh.matches("{}").count(), "{en}");
            assert!(!en.is_empty() && !zh.is_empty());
        }
        assert_eq!(fill("{} of {}", &[&1, &"two"]), "1 of two");
    }
}
