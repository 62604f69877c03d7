//! Telephone number of the North American Numbering Plan: area code and exchange start with 2 to 9 and are no N11.

use super::digits;

/// Whether ten digits, with or without the country code and an extension, can be a number.
pub fn us_phone(value: &[u8]) -> bool {
    // What is set apart by blanks alone may be any three numbers.
    let is_spaced = || value.iter().all(|byte| byte.is_ascii_digit() || *byte == b' ') && value.contains(&b' ');
    let area = || digits_of(value).map(|(found, length)| [found[length - 10], found[length - 9], found[length - 8]]);
    is_us_phone(value) && (!is_spaced() || area().is_some_and(|area| is_in_service(&area)))
}

fn is_us_phone(value: &[u8]) -> bool {
    // The prefix of a call from abroad.
    let value = value.strip_prefix(b"00").unwrap_or(value);
    let Some((found, length)) = digits_of(value) else { return false };
    let found = match length {
        10 => &found[..10],
        11 if found[0] == 1 => &found[1..],
        _ => return false,
    };
    block_fits(&found[..3]) && block_fits(&found[3..6]) && !digits::is_repdigit(found) && !is_counted(found)
}

/// The same, or the seven digits of a number without its area code, written as one: `448-2210`.
pub fn us_phone_or_local(value: &[u8]) -> bool {
    let local = digits::written_as(value, [0, 1, 2, 4, 5, 6, 7], b"000-0000");
    local.map_or_else(|| is_us_phone(value), |found| block_fits(&found[..3]) && !digits::is_repdigit(&found))
}

/// Whether it is a number that costs the caller nothing: one of an organisation.
pub fn is_toll_free(value: &[u8]) -> bool {
    // Most numbers begin otherwise.
    if !matches!(value.iter().find(|byte| byte.is_ascii_digit()), Some(b'8' | b'1' | b'0')) {
        return false;
    }
    const AREAS: [&[u8]; 7] = [&[8, 0, 0], &[8, 3, 3], &[8, 4, 4], &[8, 5, 5], &[8, 6, 6], &[8, 7, 7], &[8, 8, 8]];
    let Some((found, length)) = digits_of(value.strip_prefix(b"00").unwrap_or(value)) else { return false };
    let area = if length == 11 { &found[1..4] } else { &found[..3] };
    AREAS.contains(&area)
}

/// The digits and their count, without those of an extension (`x45`, `ext. 45`, `#45`).
pub(super) fn digits_of(value: &[u8]) -> Option<([u8; 11], usize)> {
    // Most numbers are written in one of these ways, and have no extension.
    let plain = digits::written_as(value, [0, 1, 2, 4, 5, 6, 8, 9, 10, 11], b"000-000-0000")
        .or_else(|| digits::written_as(value, [0, 1, 2, 5, 6, 7, 9, 10, 11, 12], b"000) 000-0000"))
        .or_else(|| digits::written_as(value, [1, 2, 3, 6, 7, 8, 10, 11, 12, 13], b"(000) 000-0000"));
    if let Some(plain) = plain {
        let mut found = [0; 11];
        found[..10].copy_from_slice(&plain);
        return Some((found, 10));
    }
    digits::collect(value).or_else(|| {
        let end = value.iter().position(|byte| byte.is_ascii_alphabetic() || matches!(byte, b',' | b'#'))?;
        digits::collect(&value[..end])
    })
}

/// `234-567-8901`, `1 234 567 8910`, `987-654-3210`: what fills a box.
fn is_counted(found: &[u8]) -> bool {
    found.starts_with(&[2, 3, 4, 5, 6, 7, 8]) || found.starts_with(&[9, 8, 7, 6, 5, 4, 3])
}

/// Area codes of the United States in service. What is set apart by blanks alone may be any three numbers, and this halves
/// them.
const AREA_CODES: &[u16] = &[
    201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 220, 223, 224, 225, 227, 228,
    229, 231, 234, 235, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 272, 274, 276, 279, 281, 283,
    301, 302, 303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323, 324, 325, 326,
    327, 329, 330, 331, 332, 334, 336, 337, 339, 340, 341, 346, 347, 350, 351, 352, 353, 357, 360, 361, 363, 364, 369,
    380, 385, 386, 401, 402, 404, 405, 406, 407, 408, 409, 410, 412, 413, 414, 415, 417, 419, 423, 424, 425, 430, 432,
    434, 435, 436, 440, 442, 443, 445, 447, 448, 457, 458, 463, 464, 469, 470, 471, 472, 475, 478, 479, 480, 483, 484,
    501, 502, 503, 504, 505, 507, 508, 509, 510, 512, 513, 515, 516, 517, 518, 520, 530, 531, 534, 539, 540, 541, 551,
    557, 559, 561, 562, 563, 564, 567, 570, 571, 572, 573, 574, 575, 580, 582, 585, 586, 601, 602, 603, 605, 606, 607,
    608, 609, 610, 612, 614, 615, 616, 617, 618, 619, 620, 623, 624, 626, 628, 629, 630, 631, 636, 640, 641, 645, 646,
    650, 651, 656, 657, 659, 660, 661, 662, 667, 669, 670, 671, 678, 679, 680, 681, 682, 684, 686, 689, 701, 702, 703,
    704, 706, 707, 708, 712, 713, 714, 715, 716, 717, 718, 719, 720, 724, 725, 726, 727, 728, 730, 731, 732, 734, 737,
    738, 740, 743, 747, 748, 754, 757, 760, 762, 763, 765, 769, 770, 771, 772, 773, 774, 775, 779, 781, 785, 786, 787,
    801, 802, 803, 804, 805, 806, 808, 810, 812, 813, 814, 815, 816, 817, 818, 820, 821, 826, 828, 830, 831, 832, 835,
    837, 838, 839, 840, 843, 845, 847, 848, 850, 854, 856, 857, 858, 859, 860, 861, 862, 863, 864, 865, 870, 872, 878,
    901, 903, 904, 906, 907, 908, 909, 910, 912, 913, 914, 915, 916, 917, 918, 919, 920, 924, 925, 928, 929, 930, 931,
    934, 936, 937, 938, 939, 940, 941, 943, 945, 947, 948, 949, 951, 952, 954, 956, 959, 970, 971, 972, 973, 975, 978,
    979, 980, 983, 984, 985, 986, 989,
];

fn is_in_service(area: &[u8]) -> bool {
    let code = area.iter().fold(0, |sum, digit| sum * 10 + u16::from(*digit));
    AREA_CODES.binary_search(&code).is_ok()
}

/// `[2-9]XX` without the service codes 211 to 911.
fn block_fits(block: &[u8]) -> bool {
    block[0] > 1 && !(block[1] == 1 && block[2] == 1)
}

#[cfg(test)]
mod tests {
    use super::{AREA_CODES, is_toll_free, us_phone};

    #[test]
    fn follows_the_numbering_plan() {
        for valid in
            ["212-555-0123", "(212) 555-0123", "+1 212 555 0123", "2125550123", "1-212-555-0123 x45", "212.555.0123"]
        {
            assert!(us_phone(valid.as_bytes()), "{valid}");
        }
        assert!(AREA_CODES.is_sorted());
        assert!(
            ["800-334-2211", "1 (888) 334-2211", "+1-844-334-2211"].iter().all(|free| is_toll_free(free.as_bytes()))
        );
        assert!(!is_toll_free(b"208-334-8002") && !is_toll_free(b"801-334-2211"));
        for invalid in [
            "222 555 0123",
            "112-555-0123",
            "212-155-0123",
            "911-555-0123",
            "212-411-0123",
            "212-555-012",
            "222-222-2222",
            "22125550123",
            "12345678910",
            "234-567-8901",
            "987-654-3210",
            "",
        ] {
            assert!(!us_phone(invalid.as_bytes()), "{invalid}");
        }
    }
}
