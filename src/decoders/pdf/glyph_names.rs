//! Names of glyphs -> characters: those of Latin writing, and the ones that hold a number (Adobe Glyph List).

/// Letters with an accent, by the end of their name: pairs of the letter and the accented letter.
const ACCENTED: &[(&str, &str)] = &[
    ("acute", "AÁEÉIÍOÓUÚYÝaáeéiíoóuúyýCĆcćLĹlĺNŃnńRŔrŕSŚsśZŹzź"),
    ("grave", "AÀEÈIÌOÒUÙaàeèiìoòuù"),
    ("circumflex", "AÂEÊIÎOÔUÛaâeêiîoôuûCĈcĉGĜgĝHĤhĥJĴjĵSŜsŝWŴwŵYŶyŷ"),
    ("dieresis", "AÄEËIÏOÖUÜYŸaäeëiïoöuüyÿ"),
    ("tilde", "AÃNÑOÕaãnñoõIĨiĩUŨuũ"),
    ("ring", "AÅaåUŮuů"),
    ("cedilla", "CÇcçSŞsşTŢtţ"),
    ("commaaccent", "GĢgģKĶkķLĻlļNŅnņRŖrŗSȘsșTȚtț"),
    ("caron", "CČcčDĎdďEĚeěLĽlľNŇnňRŘrřSŠsšTŤtťZŽzž"),
    ("macron", "AĀaāEĒeēIĪiīOŌoōUŪuū"),
    ("breve", "AĂaăGĞgğUŬuŭ"),
    ("ogonek", "AĄaąEĘeęIĮiįUŲuų"),
    ("dotaccent", "CĊcċEĖeėGĠgġIİZŻzż"),
    ("hungarumlaut", "OŐoőUŰuű"),
    ("slash", "OØoøLŁlł"),
    ("croat", "DĐdđ"),
];

/// Other names.
const NAMED: &[(&str, &str)] = &[
    ("space", " "),
    ("nbspace", " "),
    ("nonbreakingspace", " "),
    ("exclam", "!"),
    ("quotedbl", "\""),
    ("numbersign", "#"),
    ("dollar", "$"),
    ("percent", "%"),
    ("ampersand", "&"),
    ("quotesingle", "'"),
    ("quoteright", "’"),
    ("quoteleft", "‘"),
    ("parenleft", "("),
    ("parenright", ")"),
    ("asterisk", "*"),
    ("plus", "+"),
    ("comma", ","),
    ("hyphen", "-"),
    ("minus", "-"),
    ("sfthyphen", "-"),
    ("softhyphen", "-"),
    ("period", "."),
    ("slash", "/"),
    ("fraction", "/"),
    ("zero", "0"),
    ("one", "1"),
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
    ("colon", ":"),
    ("semicolon", ";"),
    ("less", "<"),
    ("equal", "="),
    ("greater", ">"),
    ("question", "?"),
    ("at", "@"),
    ("bracketleft", "["),
    ("backslash", "\\"),
    ("bracketright", "]"),
    ("asciicircum", "^"),
    ("underscore", "_"),
    ("grave", "`"),
    ("braceleft", "{"),
    ("bar", "|"),
    ("braceright", "}"),
    ("asciitilde", "~"),
    ("fi", "fi"),
    ("fl", "fl"),
    ("ff", "ff"),
    ("ffi", "ffi"),
    ("ffl", "ffl"),
    ("endash", "–"),
    ("emdash", "—"),
    ("bullet", "•"),
    ("ellipsis", "…"),
    ("quotedblleft", "“"),
    ("quotedblright", "”"),
    ("quotedblbase", "„"),
    ("quotesinglbase", "‚"),
    ("guillemotleft", "«"),
    ("guillemotright", "»"),
    ("guilsinglleft", "‹"),
    ("guilsinglright", "›"),
    ("dagger", "†"),
    ("daggerdbl", "‡"),
    ("trademark", "™"),
    ("registered", "®"),
    ("copyright", "©"),
    ("degree", "°"),
    ("plusminus", "±"),
    ("multiply", "×"),
    ("divide", "÷"),
    ("mu", "µ"),
    ("section", "§"),
    ("paragraph", "¶"),
    ("periodcentered", "·"),
    ("middot", "·"),
    ("cent", "¢"),
    ("sterling", "£"),
    ("yen", "¥"),
    ("Euro", "€"),
    ("currency", "¤"),
    ("brokenbar", "¦"),
    ("logicalnot", "¬"),
    ("ordfeminine", "ª"),
    ("ordmasculine", "º"),
    ("onequarter", "¼"),
    ("onehalf", "½"),
    ("threequarters", "¾"),
    ("onesuperior", "¹"),
    ("twosuperior", "²"),
    ("threesuperior", "³"),
    ("exclamdown", "¡"),
    ("questiondown", "¿"),
    ("germandbls", "ß"),
    ("AE", "Æ"),
    ("ae", "æ"),
    ("OE", "Œ"),
    ("oe", "œ"),
    ("Eth", "Ð"),
    ("eth", "ð"),
    ("Thorn", "Þ"),
    ("thorn", "þ"),
    ("dotlessi", "ı"),
    ("florin", "ƒ"),
    ("perthousand", "‰"),
    ("acute", "´"),
    ("dieresis", "¨"),
    ("macron", "¯"),
    ("cedilla", "¸"),
    ("circumflex", "ˆ"),
    ("tilde", "˜"),
    ("lessequal", "≤"),
    ("greaterequal", "≥"),
    ("notequal", "≠"),
];

/// The characters that a glyph of this name draws.
pub fn characters(name: &str) -> Option<String> {
    // What follows a full stop is a style.
    let name = name.split('.').next().filter(|name| !name.is_empty())?;
    if name.contains('_') {
        return name.split('_').map(characters).collect();
    }
    let mut letters = name.chars();
    if let (Some(letter), None) = (letters.next().filter(char::is_ascii_alphanumeric), letters.next()) {
        return Some(letter.into());
    }
    if let Some((_, characters)) = NAMED.iter().find(|(known, _)| *known == name) {
        return Some((*characters).to_owned());
    }
    accented(name).or_else(|| numbered(name)).map(String::from)
}

fn accented(name: &str) -> Option<char> {
    let (base, accent) = (name.chars().next()?, name.get(1..)?);
    let (_, pairs) = ACCENTED.iter().find(|(known, _)| *known == accent)?;
    let mut pairs = pairs.chars();
    while let (Some(letter), Some(accented)) = (pairs.next(), pairs.next()) {
        if letter == base {
            return Some(accented);
        }
    }
    None
}

/// `uni0041`, `u1F600`.
fn numbered(name: &str) -> Option<char> {
    let digits = name.strip_prefix("uni").and_then(|digits| digits.get(..4)).or(name.strip_prefix('u'))?;
    let number = (4..=6).contains(&digits.len()).then(|| u32::from_str_radix(digits, 16).ok())??;
    char::from_u32(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_characters() {
        for (name, expected) in [
            ("A", "A"),
            ("seven", "7"),
            ("eacute", "é"),
            ("Oslash", "Ø"),
            ("slash", "/"),
            ("A.sc", "A"),
            ("f_i", "fi"),
            ("uni00E9", "é"),
            ("u1F600", "😀"),
            ("Euro", "€"),
            ("dcroat", "đ"),
        ] {
            assert_eq!(characters(name).as_deref(), Some(expected), "{name}");
        }
        for name in ["g12", "", ".notdef", "uniD800", "é", "a0"] {
            assert_eq!(characters(name), None, "{name}");
        }
    }
}
