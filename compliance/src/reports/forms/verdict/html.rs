//! A chain verification as one page.

use crate::reports::{
    data::Verification,
    forms::{
        html::details::answer_findings,
        page::{Page, Tone, breakable},
        parts::{answer_tone, tile},
        verdict::advice::advice,
        verdict::{extent::extent, facts::facts},
    },
    words::capital,
};

/// One printable page.
pub fn html(verification: &Verification) -> String {
    let mut page = Page::default();
    let tone = answer_tone(verification.result);
    page.raw(&format!(
        "<div class=\"first {}\" role=\"status\"><div><p>{}",
        tone.class(),
        tone.icon()
    ));
    page.element("span", "headline", &verification.headline)
        .raw("</p></div></div>\n");
    page.raw("<header><div>\n<p class=\"eyebrow\">Chain verification</p>\n<h1>What verification of this bundle answers</h1>\n<p>");
    page.raw("<span class=\"mono\"><bdi>")
        .raw(&breakable(&verification.bundle.origin))
        .raw("</bdi></span></p>\n</div></header>\n<main>\n<ul class=\"tiles\">\n");
    for (question, answer) in verification.verdict.each() {
        let name = question.name();
        let required = verification
            .required
            .iter()
            .any(|required| required == name);
        let asked = match name {
            "integrity" => "Is what the bundle holds unaltered?",
            "completeness" => "Is it all?",
            "freshness" => "How old is the checkpoint, and on whose word?",
            _ => "Were keys introduced and used by the rules of the format?",
        };
        let extent = extent(verification, question);
        let extent = extent.map(|extent| format!(" {}.", capital(&extent)));
        let is_required = if required { " Required." } else { "" };
        let detail = format!("{asked}{}{is_required}", extent.unwrap_or_default());
        let tone = answer_tone(answer.answer);
        let tone = if tone == Tone::Half && !required {
            Tone::Open
        } else {
            tone
        };
        let words = verification.answer_words(question, answer);
        tile(&mut page, name, tone, words, &detail);
    }
    page.raw("</ul>\n");
    for (question, answer) in verification.verdict.each() {
        if !verification.leaves_out(question) {
            answer_findings(&mut page, &capital(question.name()), answer);
        }
    }
    for advice in advice(verification) {
        page.raw("<h2>What to do</h2>\n<div class=\"panel\">");
        page.element("p", "", &advice).raw("</div>\n");
    }
    page.raw("<h2>The evidence</h2>\n<div class=\"panel\"><dl>\n");
    for (name, value) in facts(verification) {
        page.term(name, &value);
    }
    page.raw("</dl></div>\n</main>\n<footer><div>\n<p>Completeness and freshness are answers to what the verifier knew besides the bundle: a head, witnesses, the time. No program’s tick is a proof; whoever doubts it verifies the bundle.</p>\n");
    page.element(
        "p",
        "mono",
        &format!("{} {}", verification.format, verification.id),
    )
    .raw("</div></footer>\n");
    page.document(&format!("Verification: {}", verification.bundle.origin))
}
