//! Talk that has nothing to do with service calls, made by rule: two people about food, journeys, work and the house.

use crate::dice::Dice;

/// Mandarin characters and English words a minute.
const RATE: (f64, f64) = (240.0, 150.0);

/// Hours that it takes to say `texts`.
pub fn hours(texts: &[String], mandarin: bool) -> f64 {
    let units: usize = texts
        .iter()
        .map(|text| {
            if mandarin {
                text.chars().filter(|c| c.is_alphanumeric()).count()
            } else {
                text.split_whitespace().count()
            }
        })
        .sum();
    units as f64 / if mandarin { RATE.0 } else { RATE.1 } / 60.0
}

/// One turn of talk.
pub fn turn(mandarin: bool, dice: &mut Dice) -> String {
    let templates = if mandarin { MANDARIN } else { ENGLISH };
    let slots = if mandarin { MANDARIN_SLOTS } else { ENGLISH_SLOTS };
    let mut turn = String::new();
    for _ in 0..1 + dice.roll(3) {
        let mut rest = dice.one(templates);
        if !turn.is_empty() && !mandarin {
            turn.push(' ');
        }
        while let Some((before, after)) = rest.split_once('<') {
            turn.push_str(before);
            let (name, after) = after.split_once('>').unwrap_or((after, ""));
            let values = slots.iter().find(|(slot, _)| *slot == name).map_or(&[][..], |(_, values)| values);
            turn.push_str(if values.is_empty() { name } else { dice.one(values) });
            rest = after;
        }
        turn.push_str(rest);
    }
    turn
}

const MANDARIN: &[&str] = &[
    "<时>我和<人>去了<地>，路上<景>。",
    "<人>说<地>那边的<物>比这里的便宜一半。",
    "我家的<物><时>坏过一次，后来<人>自己修好的。",
    "<时>下了一场大雨，<地>门口全是水。",
    "你尝尝这个<食>，是<人>从<地>带来的。",
    "做<食>的时候火要小，盖上锅盖焖<数>分钟。",
    "<人>的孩子在学<艺>，每个星期上<数>次课。",
    "<时>的比赛你看了吗，最后<数>比<数>，太精彩了。",
    "我打算<时>搬家，新房子离<地>只有<数>站路。",
    "<人>养了<数>只猫，天天往沙发底下钻。",
    "<地>新开了一家店，专门卖<食>和<物>。",
    "昨晚梦见自己在<地>迷路了，醒来还心跳很快。",
    "<人>写的那本书讲的是<景>，我看了<数>遍。",
    "听说<地>的桃花开了，<时>咱们骑车过去。",
    "这条裙子配那双鞋正合适，颜色像<食>。",
    "<人>每天早上绕着<地>跑<数>圈，跑完喝一碗豆浆。",
    "爬到山顶的时候<景>，大家都坐下来歇着。",
    "<时>的火车晚点<数>小时，只能在<地>打牌。",
    "奶奶种的<食>结了好多，摘了满满<数>篮子。",
    "<人>会弹<艺>，<时>在学校礼堂演出。",
    "电视里正放<景>的片子，弟弟看得入迷。",
    "他们公司<时>组织去<地>爬山，晚上还烤羊肉。",
    "小时候我们常在<地>捉蜻蜓，<人>跑得最快。",
    "我把<物>擦干净放在阳台上晒太阳。",
    "<地>的老房子要拆了，<人>舍不得，拍了<数>张照片。",
    "<食>要挑皮薄的，拿在手里沉甸甸的才甜。",
    "<人>画的<景>挂在客厅墙上，颜色特别鲜艳。",
    "<时>气温降到零下<数>度，湖面结了厚厚的冰。",
    "飞机起飞以后可以看见<景>，像一幅油画。",
    "孩子们围着<物>转圈，笑声传得老远。",
    "从<地>到<地>坐船要<数>个钟头，甲板上风很大。",
    "<人>最近迷上了<艺>，连吃饭都在琢磨。",
];

const MANDARIN_SLOTS: &[(&str, &[&str])] = &[
    (
        "时",
        &[
            "昨天",
            "前天傍晚",
            "上个月",
            "去年冬天",
            "星期六",
            "清明节",
            "暑假",
            "中秋",
            "周末",
            "大前年",
            "入秋以后",
            "春天",
            "元旦",
            "半夜",
            "黄昏",
        ],
    ),
    (
        "人",
        &[
            "表哥",
            "隔壁老张",
            "我姑姑",
            "小刘",
            "舅舅",
            "班长",
            "我爷爷",
            "同学",
            "阿姨",
            "老板娘",
            "邻居家的儿子",
            "教练",
            "堂妹",
            "房东",
            "木匠",
            "外婆",
        ],
    ),
    (
        "地",
        &[
            "公园",
            "菜市场",
            "海边",
            "图书馆",
            "火车站",
            "老家",
            "动物园",
            "博物馆",
            "郊区",
            "河滩",
            "植物园",
            "体育场",
            "古镇",
            "果园",
            "电影院",
            "码头",
            "草原",
        ],
    ),
    (
        "物",
        &[
            "自行车",
            "冰箱",
            "书架",
            "帐篷",
            "雨伞",
            "台灯",
            "毛衣",
            "风筝",
            "收音机",
            "竹椅",
            "望远镜",
            "水壶",
            "拖鞋",
            "玩具火车",
            "缝纫机",
            "花瓶",
        ],
    ),
    (
        "食",
        &[
            "红烧肉",
            "葡萄",
            "豆腐汤",
            "西瓜",
            "饺子",
            "南瓜饼",
            "腊肠",
            "桂花糕",
            "石榴",
            "炒年糕",
            "辣椒酱",
            "凉拌黄瓜",
            "蘑菇",
            "糖葫芦",
            "羊肉串",
        ],
    ),
    ("艺", &["钢琴", "书法", "围棋", "游泳", "国画", "吉他", "武术", "舞蹈", "摄影", "二胡", "滑冰", "剪纸"]),
    (
        "景",
        &[
            "满山都是红叶",
            "云像棉花一样飘",
            "两岸的灯一盏一盏亮起来",
            "远处的雪山闪着光",
            "麦田一片金黄",
            "雾慢慢散开",
            "鸽子在广场上飞",
            "星星又低又亮",
            "风吹着芦苇",
            "瀑布从悬崖上落下",
        ],
    ),
    ("数", &["三", "五", "八", "十二", "二十", "六", "四", "十", "七", "三十五"]),
];

const ENGLISH: &[&str] = &[
    "<when> <who> drove to <place> and <sight>.",
    "<who> told me the <thing> from <place> lasted about <number> winters.",
    "My old <thing> broke <when>, but <who> fixed it with some wire.",
    "It rained all over <place> <when>, the river rose by <number> feet.",
    "Try a bite of this <food>, <who> cooked it in the garden.",
    "Simmer the <food> for <number> minutes, then stir in some butter.",
    "<who> takes <art> lessons every week near <place>.",
    "The match <when> ended <number> to <number>, what a game.",
    "<who> plans to move closer to <place>, only <number> stops away.",
    "<who> keeps <number> cats and every one sleeps under the sofa.",
    "A new bakery near <place> sells <food> and, oddly, a <thing>.",
    "Last night I dreamed about <place>, and <sight>.",
    "The novel is about a sailor, <sight>, and then the storm begins.",
    "The cherry trees near <place> bloom early, so bring your bicycle.",
    "Those boots match the scarf, the colour reminds me of <food>.",
    "<who> runs <number> laps around <place> before breakfast.",
    "At the summit <sight>, and everybody sat down on the grass.",
    "The train <when> was delayed, so the kids played cards at <place>.",
    "Grandmother planted <food> along the fence and filled <number> baskets.",
    "<who> plays <art> and performed at <place> <when>.",
    "The documentary showed how <sight>, my brother loved it.",
    "Their office hiked around <place> <when> and roasted lamb at night.",
    "As children we chased dragonflies at <place> until dark.",
    "I wiped the <thing> and left it on the balcony to dry.",
    "The old houses by <place> are coming down, <who> photographed <number> of them.",
    "Pick melons with thin skin, heavy ones taste sweeter.",
    "<who> painted a scene where <sight>, it hangs above the piano.",
    "The temperature fell below zero <when> and the lake froze over.",
    "From the aeroplane window <sight>, like a postcard.",
    "The ferry between <place> and the island takes <number> hours in strong wind.",
    "<who> became obsessed with <art>, even during dinner.",
    "Children circled the <thing> and their laughter carried across <place>.",
];

const ENGLISH_SLOTS: &[(&str, &[&str])] = &[
    (
        "when",
        &[
            "yesterday",
            "last winter",
            "on Saturday",
            "in spring",
            "at midnight",
            "over the holidays",
            "last month",
            "at dusk",
            "in August",
            "years ago",
            "on Tuesday evening",
        ],
    ),
    (
        "who",
        &[
            "my cousin",
            "the neighbour",
            "Aunt Rosa",
            "our coach",
            "grandpa",
            "a classmate",
            "the carpenter",
            "his landlord",
            "my little sister",
            "the drummer",
            "Uncle Pete",
            "her roommate",
        ],
    ),
    (
        "place",
        &[
            "the park",
            "the harbour",
            "the library",
            "a mountain village",
            "the zoo",
            "the stadium",
            "the old mill",
            "the museum",
            "the orchard",
            "the riverbank",
            "a fishing town",
            "the desert",
        ],
    ),
    (
        "thing",
        &[
            "bicycle",
            "lantern",
            "bookshelf",
            "tent",
            "umbrella",
            "kite",
            "radio",
            "telescope",
            "kettle",
            "rocking chair",
            "sewing machine",
            "violin",
            "wheelbarrow",
            "sled",
        ],
    ),
    (
        "food",
        &[
            "pumpkin soup",
            "grapes",
            "dumplings",
            "roast potatoes",
            "blueberry pie",
            "mushrooms",
            "garlic bread",
            "peach jam",
            "spinach",
            "lentils",
            "pickled onions",
            "cinnamon rolls",
        ],
    ),
    (
        "art",
        &[
            "piano",
            "chess",
            "swimming",
            "guitar",
            "pottery",
            "fencing",
            "watercolour",
            "skating",
            "the cello",
            "archery",
            "origami",
        ],
    ),
    (
        "sight",
        &[
            "the whole valley turned red",
            "clouds drifted like cotton",
            "lamps lit up along both banks",
            "snowy peaks shone far away",
            "wheat fields glowed gold",
            "the fog lifted slowly",
            "pigeons circled the square",
            "the stars hung low and bright",
            "wind bent the reeds",
            "a waterfall dropped from the cliff",
        ],
    ),
    ("number", &["three", "five", "eight", "twelve", "twenty", "six", "four", "ten", "seven", "thirty five"]),
];
