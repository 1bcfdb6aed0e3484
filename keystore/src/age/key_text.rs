//! Bech32 (BIP 173) without its limit of 90 characters, as age writes recipients and identities.

use zeroize::Zeroizing;

const LETTERS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const CHECK_LETTERS: usize = 6;
const GENERATORS: [u32; 5] = [
    0x3b6a_57b2,
    0x2650_8e6d,
    0x1ea1_19fa,
    0x3d42_33dd,
    0x2a14_62b3,
];

/// Encodes bytes under a prefix in lower case.
pub(super) fn encode(prefix: &str, bytes: &[u8]) -> String {
    let mut values = to_fives(bytes);
    let mut sum = prefix_sum(prefix.as_bytes());
    for value in values.iter() {
        sum = step(sum, *value);
    }
    for _ in 0..CHECK_LETTERS {
        sum = step(sum, 0);
    }
    sum ^= 1;
    for place in (0..CHECK_LETTERS).rev() {
        values.push(((sum >> (5 * place)) & 31) as u8);
    }
    let letters = values
        .iter()
        .map(|value| char::from(LETTERS[usize::from(*value)]));
    format!("{prefix}1{}", letters.collect::<String>())
}

/// Decodes a text whose prefix in lower case is this one.
///
/// # Errors
/// Says what is wrong with it.
pub(super) fn decode(prefix: &str, text: &str) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    let is_lower = text.bytes().any(|byte| byte.is_ascii_lowercase());
    let is_upper = text.bytes().any(|byte| byte.is_ascii_uppercase());
    if is_lower && is_upper {
        return Err("it mixes letters of upper and lower case");
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("it has characters that can't be in one");
    }
    // In the place of a copy that is in lower case and would have to be wiped.
    let Some((found, data)) = text.rsplit_once('1') else {
        return Err("it has no prefix that ends in 1");
    };
    if found.is_empty() || !found.eq_ignore_ascii_case(prefix) {
        return Err("its prefix is another one");
    }
    if data.len() < CHECK_LETTERS {
        return Err("it is too short");
    }
    let mut values = Zeroizing::new(Vec::with_capacity(data.len()));
    let mut sum = prefix_sum(prefix.as_bytes());
    for letter in data.bytes() {
        let letter = letter.to_ascii_lowercase();
        let value = LETTERS.iter().position(|known| *known == letter);
        let value = value.ok_or("it has characters that can't be in one")?;
        values.push(value as u8);
        sum = step(sum, value as u8);
    }
    if sum != 1 {
        return Err("its checksum is wrong, so it was mistyped or cut off");
    }
    values.truncate(data.len() - CHECK_LETTERS);
    to_bytes(&values)
}

fn prefix_sum(prefix: &[u8]) -> u32 {
    let high = prefix.iter().fold(1, |sum, letter| step(sum, letter >> 5));
    let middle = step(high, 0);
    prefix
        .iter()
        .fold(middle, |sum, letter| step(sum, letter & 31))
}

fn step(sum: u32, value: u8) -> u32 {
    let top = sum >> 25;
    let mut next = ((sum & 0x01ff_ffff) << 5) ^ u32::from(value);
    for (bit, generator) in GENERATORS.iter().enumerate() {
        if (top >> bit) & 1 == 1 {
            next ^= generator;
        }
    }
    next
}

fn to_fives(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut values = Zeroizing::new(Vec::with_capacity(bytes.len() * 8 / 5 + 1 + CHECK_LETTERS));
    let (mut held, mut bits) = (0_u32, 0);
    for byte in bytes {
        held = (held << 8 | u32::from(*byte)) & 0xfff;
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            values.push(((held >> bits) & 31) as u8);
        }
    }
    if bits > 0 {
        values.push(((held << (5 - bits)) & 31) as u8);
    }
    values
}

fn to_bytes(values: &[u8]) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(values.len() * 5 / 8));
    let (mut held, mut bits) = (0_u32, 0);
    for value in values {
        held = (held << 5 | u32::from(*value)) & 0xfff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(((held >> bits) & 0xff) as u8);
        }
    }
    // What is left over pads the last letter: less than one, and nothing but zeros.
    match bits < 5 && held & ((1 << bits) - 1) == 0 {
        true => Ok(bytes),
        false => Err("its last letters are not as they are written"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_in_either_case() {
        for length in 0..70_u8 {
            let bytes: Vec<_> = (0..length).map(|n| n.wrapping_mul(37)).collect();
            let text = encode("age", &bytes);
            assert_eq!(*decode("age", &text).unwrap(), bytes);
            assert_eq!(*decode("age", &text.to_uppercase()).unwrap(), bytes);
        }
    }

    /// The valid strings of BIP 173 that hold whole bytes, and some that are not valid.
    #[test]
    fn the_strings_of_the_specification() {
        let text = "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw";
        assert_eq!(decode("abcdef", text).unwrap().len(), 20);
        assert!(decode("a", "A12UEL5L").unwrap().is_empty());
        assert!(decode("?", "?1ezyfcl").unwrap().is_empty());
        for (prefix, wrong) in [
            ("a", "A1G7SGD8"),
            ("", "10a06t8"),
            ("", "1qzzfhee"),
            ("x", "x1b4n0q5v"),
            ("li", "li1dgmt3"),
            ("a", "A12uEL5L"),
            ("pzry", "pzry9x0s0muk"),
        ] {
            assert!(decode(prefix, wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_letter_more_less_or_exchanged_is_found() {
        let text = encode("age", &[7; 32]);
        for place in 4..text.len() {
            let mut other = text.clone().into_bytes();
            other[place] = match other[place] {
                b'q' => b'p',
                _ => b'q',
            };
            let other = String::from_utf8(other).unwrap();
            assert!(decode("age", &other).is_err(), "{place}");
        }
        assert!(decode("age", &text[..text.len() - 1]).is_err());
    }

    /// Eight letters hold five bytes; a ninth holds nothing, and the bits past the last byte are zeros.
    #[test]
    fn padding_that_nobody_writes_is_refused() {
        assert!(to_bytes(&[0; 8]).is_ok());
        assert!(to_bytes(&[0; 9]).is_err());
        assert!(to_bytes(&[0, 0]).is_ok());
        assert!(to_bytes(&[0, 1]).is_err());
    }
}
