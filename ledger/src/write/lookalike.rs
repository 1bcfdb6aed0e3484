//! Names that a reader takes for others: another case, characters that can't be seen, letters of other scripts that look
//! alike. The rule is this project's own and small; it guards the reserved beginnings and nothing else.

/// Letters of other scripts, by the ASCII letter that they look like in some common font.
const ALIKE: [(char, &str); 22] = [
    // One class: these are taken for each other.
    ('i', "lІіΙιıӀӏ|1ⅠⅰⅼⅬℓⁱᵢł"),
    ('n', "ΝηոռⁿɴＮ"),
    ('d', "ԁɗđⅾⅮժ"),
    ('e', "ЕеЄєΕεҽ℮ɛ"),
    ('b', "ВвЬьΒβƅɓ"),
    ('u', "υսʋ∪"),
    ('r', "гɾʀ"),
    ('s', "ѕՏ"),
    ('p', "РрΡρ"),
    ('o', "ОоΟο0օ"),
    ('a', "аАΑα"),
    ('c', "сСϲⅽ"),
    ('g', "ɡ"),
    ('h', "һНΗ"),
    ('k', "кКΚκ"),
    ('m', "мМΜⅿ"),
    ('t', "тТΤτ"),
    ('v', "ѵνⅴ"),
    ('x', "хХΧχⅹ"),
    ('y', "уУүΥ"),
    (':', "꞉∶ː׃։︰﹕"),
    ('.', "․。｡·‧﹒"),
];

/// Letters that carry a mark of their own, by the letter without it: a mark that is a character of its own is not seen.
const MARKED: [(char, &str); 12] = [
    ('a', "àáâãäåāăąǎǟǡǻȁȃȧạảấầẩẫậắằẳẵặɑ"),
    ('b', "ḃḅḇƀ"),
    ('d', "ďđḋḍḏḑḓ"),
    ('e', "èéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ"),
    ('i', "ìíîïĩīĭįǐȉȋḭḯỉịĺļľŀḷḹḻḽ"),
    ('n', "ñńņňǹṅṇṉṋŉ"),
    ('o', "òóôõöøōŏőǒọỏ"),
    ('p', "ṕṗ"),
    ('r', "ŕŗřȑȓṙṛṝṟ"),
    ('s', "śŝşšșṡṣ"),
    ('u', "ùúûüũūŭůűųǔǖǘǚǜȕȗṳṵṷụủứừửữự"),
    ('v', "ṽṿ"),
];

/// Whether a text begins with a reserved beginning, or with what can be taken for it.
pub(crate) fn begins_like(text: &str, reserved: &str) -> bool {
    let mut seen = skeleton(text);
    skeleton(reserved).all(|wanted| seen.next() == Some(wanted))
}

/// Whether two names read the same: nothing but look-alikes and what stands between words tells them apart.
pub(crate) fn reads_like(text: &str, other: &str) -> bool {
    let words = |text| skeleton(text).filter(|c: &char| !c.is_ascii_punctuation());
    words(text).eq(words(other))
}

/// What is left to tell names apart by.
fn skeleton(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !is_unseen(*c)).map(folded)
}

fn folded(c: char) -> char {
    let c = compatible(c).to_ascii_lowercase();
    if c.is_ascii() && !matches!(c, 'l' | '|' | '1' | '0') {
        return c;
    }
    let mut alike = ALIKE.iter().chain(&MARKED);
    let alike = alike.find(|(_, others)| others.contains(c));
    alike.map_or(c, |(letter, _)| *letter)
}

/// The ASCII character of which this one is another form: full-width, mathematical, or in a circle.
fn compatible(c: char) -> char {
    let code = u32::from(c);
    let letter = |place: u32, first: u8| char::from(first + (place % 26) as u8);
    match code {
        0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap_or(c),
        0x1d400..=0x1d6a3 => letter(code - 0x1d400, b'a'),
        0x24b6..=0x24cf => letter(code - 0x24b6, b'a'),
        0x24d0..=0x24e9 => letter(code - 0x24d0, b'a'),
        _ => c,
    }
}

/// Characters that take no space, turn the direction of text, only mark the one before, or are space.
fn is_unseen(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' |
            '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' |
            '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' |
            '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_as_a_reserved_beginning_is_one() {
        for source in [
            "urn:indelible:access",
            "URN:INDELIBLE:ACCESS",
            "Urn:Indelible:x",
            "urn:ind\u{200b}elible:access",
            "\u{feff}urn:indelible:access",
            "urn:indеlible:access",
            "urn:іndelible:access",
            "urn:lndelible:access",
            "urn:inde1ible:access",
            "ｕｒｎ：ｉｎｄｅｌｉｂｌｅ：x",
            "\u{202e}urn:indelible:access",
            "urn:i\u{307}ndelible:access",
            "urn:índelible:access",
            "ürn:indelible:access",
            "urn:indĕļiḅle:access",
            "urn:𝐢𝐧𝐝𝐞𝐥𝐢𝐛𝐥𝐞:access",
            "urn:indelible∶access",
        ] {
            assert!(begins_like(source, "urn:indelible:"), "{source}");
        }
        for event_type in ["Indelible.access", "indeliЬle.x", "indelible․x"] {
            assert!(begins_like(event_type, "indelible."), "{event_type}");
        }
    }

    #[test]
    fn what_stands_between_words_tells_no_names_apart() {
        for name in [
            "ai.decision.v1",
            "ai-decision_v1",
            "AI decision/v1",
            "aidecisionv1",
            "al.decіsíon.v1",
        ] {
            assert!(reads_like(name, "ai.decision.v1"), "{name}");
        }
        for name in [
            "ai.decision.v2",
            "ai.decision",
            "bi.decision.v1",
            "ai.decision.v1.x",
        ] {
            assert!(!reads_like(name, "ai.decision.v1"), "{name}");
        }
    }

    #[test]
    fn other_names_are_free() {
        for name in [
            "urn:indelible",
            "urn:indelibles:x",
            "urn:example:indelible:",
            "https://indelible.example/",
            "indelibly.x",
            "ai.decision.v1",
            "größe.数",
            "",
        ] {
            assert!(!begins_like(name, "urn:indelible:"), "{name}");
            assert!(!begins_like(name, "indelible."), "{name}");
        }
    }
}
