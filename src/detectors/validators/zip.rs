//! US ZIP code: five or nine digits whose first three are assigned, and, after the letters of a state, assigned to
//! that state.
//!
//! The assignment is derived from the GeoNames postal code files (CC BY 4.0, geonames.org); military prefixes added.

use super::digits;

/// Bit `n` of the 1,000 is set where the first three digits `n` are assigned.
const ASSIGNED: [u64; 16] = [
    0xffffffffffffffe0,
    0xffffffffffffffff,
    0xffffffffffffffff,
    0xffffffffffdfffff,
    0xffffffffffffdfff,
    0xfffffffded7fffff,
    0xffffcff7ffffbfff,
    0xffffffffffffffff,
    0xfcfffefffeddff1f,
    0xfeffdfffffffdff3,
    0xb03ffbffff77fff3,
    0xffffffbfeffff7df,
    0xfff1fffffffffff7,
    0xee3fefc39bb4ff7f,
    0xfffffffdffffdff6,
    0x000000fff7ffffff,
];

/// First and last prefix, and the state they are assigned to, ascending.
#[rustfmt::skip]
const STATES: [(u16, u16, [u8; 2]); 103] = [
    (5, 5, *b"NY"), (6, 7, *b"PR"), (8, 8, *b"VI"), (9, 9, *b"PR"), (10, 27, *b"MA"), (28, 29, *b"RI"), (30, 38, *b"NH"), (39, 49, *b"ME"), (50, 54, *b"VT"), (55, 55, *b"MA"), (56, 59, *b"VT"), (60, 69, *b"CT"), (63, 63, *b"NY"), (70, 89, *b"NJ"), (90, 99, *b"AE"), (100, 149, *b"NY"), (150, 196, *b"PA"), (197, 199, *b"DE"), (200, 200, *b"DC"), (201, 201, *b"VA"), (202, 205, *b"DC"), (206, 212, *b"MD"), (214, 219, *b"MD"), (220, 246, *b"VA"), (247, 268, *b"WV"), (270, 289, *b"NC"), (290, 299, *b"SC"), (300, 319, *b"GA"), (320, 339, *b"FL"), (340, 340, *b"AA"), (341, 342, *b"FL"), (344, 344, *b"FL"), (346, 347, *b"FL"), (349, 349, *b"FL"), (350, 352, *b"AL"), (354, 369, *b"AL"), (370, 385, *b"TN"), (386, 397, *b"MS"), (399, 399, *b"GA"), (400, 418, *b"KY"), (420, 427, *b"KY"), (430, 459, *b"OH"), (460, 479, *b"IN"), (480, 499, *b"MI"), (500, 516, *b"IA"), (520, 528, *b"IA"), (530, 532, *b"WI"), (534, 535, *b"WI"), (537, 549, *b"WI"), (550, 551, *b"MN"), (553, 567, *b"MN"), (570, 577, *b"SD"), (580, 588, *b"ND"), (590, 599, *b"MT"), (600, 620, *b"IL"), (622, 629, *b"IL"), (630, 631, *b"MO"), (633, 641, *b"MO"), (644, 658, *b"MO"), (660, 662, *b"KS"), (664, 679, *b"KS"), (680, 681, *b"NE"), (683, 693, *b"NE"), (700, 701, *b"LA"), (703, 708, *b"LA"), (710, 714, *b"LA"), (716, 729, *b"AR"), (730, 731, *b"OK"), (733, 733, *b"TX"), (734, 741, *b"OK"), (743, 749, *b"OK"), (750, 770, *b"TX"), (772, 799, *b"TX"), (800, 816, *b"CO"), (820, 831, *b"WY"), (832, 838, *b"ID"), (840, 847, *b"UT"), (850, 850, *b"AZ"), (852, 853, *b"AZ"), (855, 857, *b"AZ"), (859, 860, *b"AZ"), (863, 865, *b"AZ"), (870, 875, *b"NM"), (877, 884, *b"NM"), (885, 885, *b"TX"), (889, 891, *b"NV"), (893, 895, *b"NV"), (897, 898, *b"NV"), (900, 908, *b"CA"), (910, 928, *b"CA"), (930, 961, *b"CA"), (962, 966, *b"AP"), (967, 967, *b"AS"), (967, 968, *b"HI"), (969, 969, *b"FM"), (969, 969, *b"GU"), (969, 969, *b"MH"), (969, 969, *b"MP"), (969, 969, *b"PW"), (970, 979, *b"OR"), (980, 986, *b"WA"), (988, 994, *b"WA"), (995, 999, *b"AK"),
];

/// Letters and name of each state.
#[rustfmt::skip]
const STATE_NAMES: [([u8; 2], &[u8]); 51] = [
    (*b"AK", b"Alaska"), (*b"AL", b"Alabama"), (*b"AR", b"Arkansas"), (*b"AZ", b"Arizona"), (*b"CA", b"California"), (*b"CO", b"Colorado"), (*b"CT", b"Connecticut"), (*b"DE", b"Delaware"), (*b"FL", b"Florida"), (*b"GA", b"Georgia"), (*b"HI", b"Hawaii"), (*b"IA", b"Iowa"), (*b"ID", b"Idaho"), (*b"IL", b"Illinois"), (*b"IN", b"Indiana"), (*b"KS", b"Kansas"), (*b"KY", b"Kentucky"), (*b"LA", b"Louisiana"), (*b"MA", b"Massachusetts"), (*b"MD", b"Maryland"), (*b"ME", b"Maine"), (*b"MI", b"Michigan"), (*b"MN", b"Minnesota"), (*b"MO", b"Missouri"), (*b"MS", b"Mississippi"), (*b"MT", b"Montana"), (*b"NC", b"North Carolina"), (*b"ND", b"North Dakota"), (*b"NE", b"Nebraska"), (*b"NH", b"New Hampshire"), (*b"NJ", b"New Jersey"), (*b"NM", b"New Mexico"), (*b"NV", b"Nevada"), (*b"NY", b"New York"), (*b"OH", b"Ohio"), (*b"OK", b"Oklahoma"), (*b"OR", b"Oregon"), (*b"PA", b"Pennsylvania"), (*b"PR", b"Puerto Rico"), (*b"RI", b"Rhode Island"), (*b"SC", b"South Carolina"), (*b"SD", b"South Dakota"), (*b"TN", b"Tennessee"), (*b"TX", b"Texas"), (*b"UT", b"Utah"), (*b"VA", b"Virginia"), (*b"VT", b"Vermont"), (*b"WA", b"Washington"), (*b"WI", b"Wisconsin"), (*b"WV", b"West Virginia"), (*b"WY", b"Wyoming"),
];

/// Whether the prefix is assigned. Four bare digits are a number whose leading zero was lost.
pub fn us_zip(value: &[u8]) -> bool {
    let letters = value.iter().rposition(u8::is_ascii_alphabetic).map_or(0, |last| last + 1);
    let number = value[letters..].strip_prefix(b".").unwrap_or(&value[letters..]);
    let number = number.strip_prefix(b",").unwrap_or(number);
    let Some((found, length)) = digits::collect::<9>(number) else { return false };
    let prefix = match length {
        5 | 9 => digits::number(&found[..3]),
        4 if number.len() == 4 => digits::number(&found[..2]),
        _ => return false,
    };
    let in_state = || match value[..letters] {
        [] => true,
        [first, second] => is_of_state(prefix as u16, [first.to_ascii_uppercase(), second.to_ascii_uppercase()]),
        ref name => {
            let state = STATE_NAMES.iter().find(|(_, known)| known.eq_ignore_ascii_case(name));
            let short = || SHORT_NAMES.iter().find(|(_, known)| known.eq_ignore_ascii_case(name));
            state.or_else(short).is_some_and(|(letters, _)| is_of_state(prefix as u16, *letters))
        }
    };
    ASSIGNED[prefix as usize / 64] >> (prefix % 64) & 1 == 1 && in_state() && !digits::is_repdigit(&found[..length])
}

/// Names of states as they were shortened before they had two letters each.
#[rustfmt::skip]
const SHORT_NAMES: [([u8; 2], &[u8]); 27] = [
    (*b"AL", b"Ala"),
    (*b"AZ", b"Ariz"),
    (*b"AR", b"Ark"),
    (*b"CA", b"Calif"),
    (*b"CO", b"Colo"),
    (*b"CT", b"Conn"),
    (*b"DE", b"Del"),
    (*b"FL", b"Fla"),
    (*b"IL", b"Ill"),
    (*b"IN", b"Ind"),
    (*b"KS", b"Kan"),
    (*b"MA", b"Mass"),
    (*b"MI", b"Mich"),
    (*b"MN", b"Minn"),
    (*b"MS", b"Miss"),
    (*b"MT", b"Mont"),
    (*b"NE", b"Neb"),
    (*b"NE", b"Nebr"),
    (*b"NV", b"Nev"),
    (*b"OK", b"Okla"),
    (*b"OR", b"Ore"),
    (*b"PA", b"Penn"),
    (*b"TN", b"Tenn"),
    (*b"TX", b"Tex"),
    (*b"WA", b"Wash"),
    (*b"WI", b"Wis"),
    (*b"WY", b"Wyo"),
];

fn is_of_state(prefix: u16, state: [u8; 2]) -> bool {
    STATES.iter().any(|(first, last, letters)| *letters == state && (*first..=*last).contains(&prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_is_assigned_and_belongs_to_the_state() {
        for valid in ["02138", "10001-1234", "941031234", "2138", "MA 02138", "ID  83702", "ca 94103-1234", "AE 09012"]
        {
            assert!(us_zip(valid.as_bytes()), "{valid}");
        }
        for invalid in ["00001", "MA 94103", "ID 12345", "213", "123456", "XX 02138", "MAS 02138", "99999", "00000", ""]
        {
            assert!(!us_zip(invalid.as_bytes()), "{invalid}");
        }
    }

    #[test]
    fn both_tables_agree() {
        for prefix in 0..1000_u16 {
            let listed = STATES.iter().any(|(first, last, _)| (*first..=*last).contains(&prefix));
            assert_eq!(ASSIGNED[usize::from(prefix) / 64] >> (prefix % 64) & 1 == 1, listed, "{prefix}");
        }
    }
}
