//! The text that somebody who opens a bundle reads first.

/// The one text of `README.txt`.
pub const README: &str = include_str!("readme.txt");

#[cfg(test)]
mod tests {
    use super::README;
    use crate::bundle::FORMAT_PAGE;

    #[test]
    fn the_text_is_the_one_of_the_page() {
        let indented: String = README
            .lines()
            .map(|line| match line {
                "" => "\n".to_owned(),
                line => format!("    {line}\n"),
            })
            .collect();
        assert!(FORMAT_PAGE.contains(&indented));
        assert!(README.is_ascii() && README.ends_with('\n'));
    }
}
