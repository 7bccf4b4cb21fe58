//! Single cases, and a generator of utterances whose truth is known.

use super::*;

fn masked(turns: &[(usize, &str)]) -> Vec<String> {
    let turns: Vec<SpokenTurn<'_>> =
        turns.iter().map(|(speaker, text)| SpokenTurn { speaker: *speaker, text }).collect();
    let mut texts: Vec<String> = turns.iter().map(|turn| turn.text.to_owned()).collect();
    for mask in redact(&turns).iter().rev() {
        let name = match mask.kind {
            Personal::Card => "[card]",
            Personal::Code => "[code]",
            Personal::Phone => "[phone]",
            Personal::Id => "[id]",
            Personal::Email => "[email]",
        };
        texts[mask.turn].replace_range(mask.bytes.clone(), name);
    }
    texts
}

fn one(text: &str) -> String {
    masked(&[(0, text)]).remove(0)
}

#[test]
fn whatever_character_is_written_the_scan_goes_on() {
    for character in '\0'..=char::MAX {
        let text = character.to_string();
        let scan = Scan::new(&text);
        assert!(scan.runs(0).len() <= 1, "{character:?}");
    }
    // Some are written out as more than digits.
    for text in ["half a cup is ½, not 3¾", "⒈ first ⒉ second", "在㏠那天", "½½½¼"] {
        assert_eq!(one(text), text);
    }
    assert_eq!(one("card 4111 1111 1111 1111 ½"), "card [card] ½");
}

#[test]
fn a_number_that_was_personal_once_is_so_wherever_it_is_said_again() {
    let mut turns = vec![(0, "what is your account number"), (1, "it is 123456789012")];
    turns.extend([(0, "thank you, one moment please"); 8]);
    turns.extend([(0, "so I have one two three four five six seven eight nine zero one two here"), (1, "right")]);
    let masked = masked(&turns);
    assert_eq!((masked[1].as_str(), masked[10].as_str()), ("it is [card]", "so I have [card] here"));
    // Found by fuzzing: glued to a word it is no number by itself.
    assert_eq!(one("x222222222222 222222222222 my card is"), "x[card] [card] my card is");
    assert_eq!(one("room 302, and my code is 302"), "room 302, and my code is [code]");
}

#[test]
fn personal_numbers_are_masked() {
    for (text, expected) in [
        ("my card number is 4111 1111 1111 1111 thanks", "my card number is [card] thanks"),
        ("It's 4111-1111-1111-1111.", "It's [card]."),
        // Recognition may write two numbers as one.
        ("4111-1111-1111-1111-469-1212-555-0147.", "[card]-[phone]."),
        // As recognised: 安全码 misheard, 验证码 in traditional characters.
        ("手机号是13800138000背面的安全马是307", "手机号是[phone]背面的安全马是[code]"),
        ("驗證碼是四六九二", "驗證碼是[code]"),
        ("card number four one one one, um, one one one one, one one one one, one one one one", "card number [card]"),
        ("the card is forty-one eleven eleven eleven eleven eleven eleven eleven", "the card is [card]"),
        ("card four triple one double one double one double one double one four ones", "card [card] ones"),
        ("我的卡号是六二二二零二零二零零一一二二三三四四五", "我的卡号是[card]"),
        ("卡号六二二二，嗯，零二零二，零零幺幺，二二三三，四四五", "卡号[card]"),
        ("the security code is one two three", "the security code is [code]"),
        ("验证码是３８４７２６", "验证码是[code]"),
        ("我的手机号是幺三八零零幺三八零零零", "我的手机号是[phone]"),
        ("my phone number, in case you need it, is 415 5550 147", "my phone number, in case you need it, is [phone]"),
        ("打13800138000找我", "打[phone]找我"),
        ("you can call me at 555-123-4567", "you can call me at [phone]"),
        ("身份证号是11010119900307123X", "身份证号是[id]"),
        ("身份证幺幺零幺零幺一九九零零三零七幺二三叉", "身份证[id]"),
        ("it's john dot smith at gmail dot com", "it's [email]"),
        ("邮箱是 zhang.wei@example.com 谢谢", "邮箱是 [email] 谢谢"),
        ("邮箱是abc123艾特qq点com", "邮箱是[email]"),
    ] {
        assert_eq!(one(text), expected, "{text}");
    }
}

#[test]
fn other_numbers_stay() {
    for text in [
        "your order number is 1234567890123456",
        "订单号是2024112512345678",
        "运单号SF1234567890123",
        "it costs $1,234.56 in total",
        "一共一千两百三十五块",
        "on December 25th 2024 at 10:30",
        "2024年12月25日下午3点",
        "the card ending in 4242",
        "尾号1234的卡",
        "please dial 10086 or 95588",
        "we will call you back in 24 to 48 hours",
        "验证码60秒内有效",
        "my credit card was charged 29.99 dollars",
        "余额是12345678元",
        "one moment please, two of them",
        "你好一下这个一样",
    ] {
        assert_eq!(one(text), text);
    }
}

#[test]
fn a_number_that_was_asked_for_is_masked_whatever_was_asked_before() {
    let turns = [
        (0, "Certainly, if you read me the long card number,"),
        (1, "Yes, 5200 8282 8282 8210."),
        (0, "thank you and the security code on the back,"),
        (1, "469,"),
        (0, "and a phone number in case we get cut off."),
        (1, "1212 555 0147."),
        (0, "One moment please while I process the payment."),
    ];
    let found = masked(&turns);
    let answered = |question, answer| masked(&[(0, question), (1, answer)]).pop();
    let question = "What is your phone number, so that we can call about the refund of your order?";
    assert_eq!(answered(question, "415 5550 147").as_deref(), Some("[phone]"));
    assert_eq!(answered("请留一个电话，方便通知您订单的进度", "85550147").as_deref(), Some("[phone]"));
    assert_eq!(answered("What is the order number?", "415 5550 147").as_deref(), Some("415 5550 147"));
    assert_eq!((found[1].as_str(), found[3].as_str(), found[5].as_str()), ("Yes, [card].", "[code],", "[phone]."));
}

#[test]
fn numbers_go_on_over_turns_and_answers_follow_questions() {
    assert_eq!(
        masked(&[
            (0, "May I have your card number?"),
            (1, "Sure, 4111 1111"),
            (0, "uh-huh"),
            (1, "1111 1111."),
            (0, "And the three digits on the back?"),
            (1, "It's one two three."),
        ]),
        [
            "May I have your card number?",
            "Sure, [card]",
            "uh-huh",
            "[card].",
            "And the three digits on the back?",
            "It's [code]."
        ]
    );
    assert_eq!(
        masked(&[(0, "请报一下您的手机号"), (1, "138 0013 8000"), (0, "卡号呢"), (1, "6222 0202 0011 2233")]),
        ["请报一下您的手机号", "[phone]", "卡号呢", "[card]"]
    );
    assert_eq!(masked(&[(0, "What is your order number?"), (1, "It is 1234 5678 9012")])[1], "It is 1234 5678 9012");
}

#[test]
fn a_misheard_card_is_still_masked() {
    for text in [
        "my card number is 4111 1111 1111 1112",
        "card number is 4111 1111 111 1111",
        "card 4111 1111 sorry wait 1111 1111",
    ] {
        assert!(!one(text).contains("1111"), "{}", one(text));
    }
}

#[test]
fn byte_ranges_are_whole_characters() {
    let text = "卡号６２２２０２０２００１１２２３３４４５，谢谢";
    assert_eq!(one(text), "卡号[card]，谢谢");
}
