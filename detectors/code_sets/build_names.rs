//! Builds the table of names: `build_names FIRST.tsv LAST.tsv WORDS.txt CITIES.tsv NAMES.fst FIRST_WORDS.bits`.
//!
//! The first two have a name, a rank and a count; the third a word a line; the fourth a ZIP code, a city, a state and a
//! county. What a value and a bit mean is said in the README beside this file.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;

const MIN_PERSONS: u64 = 500;
/// Names of fewer persons are in no published list of surnames.
const MIN_FEW: u64 = 100;
const IS_WORD: u64 = 1 << 8;
const IS_PLACE: u64 = 1 << 9;
const FEW: u64 = 1 << 10;
const FILTER_BITS: u32 = 19;

/// Words of a dictionary that are, with a capital letter, nearly always names.
const MOSTLY_NAMES: &str = "john smith jack harry peter robin miller tailor cooper carter turner parker barker frank \
    jerry nick bob tommy jimmy johnny bobby billy tony terry jenny molly betty nelly kelly martin warren walker baker \
    fisher fletcher mason wagner weaver cook potter mills hicks collins adams marks foster brooks hayes wells \
    dick jessie jimmie larry roger timothy christian frances jean sally maria carol sue don al ray gene guy \
    gill pierce phillips rodney alma ana ada ida ella josh kris matt dolly peggy patty polly kitty celeste \
    charlotte laurel lance bennet marshall spencer rocky stacey tracey vera wiley wade weber webber henry joey jesse \
    dave davy dana hank jake luke lee ross stan abigail benny brad alan ken kent louis mike walter randy";

/// Words of logs and protocols, which no dictionary has.
const OF_LOGS: &str = "http https get post put patch delete options head info warn warning error debug trace fatal \
    notice alert null true false json xml html utf gmt utc pst est mozilla applewebkit khtml gecko chrome safari \
    firefox linux windows ubuntu debian macintosh iphone android java python kernel tcp udp src dst len tos prec ttl \
    syn ack psh fin urg window proto spt dpt mac mtu ssl tls dns dhcp ftp ssh smtp imap sql select insert update \
    where from values order group limit inner outer join begin commit rollback uuid sha rsa aes hmac exception \
    nullpointerexception runtimeexception illegalargumentexception illegalstateexception ioexception \
    sqlexception timeoutexception servlet tomcat hibernate kafka redis postgres mysql mongodb nginx apache docker \
    kubernetes kubelet systemd cron sshd sudo root admin config param params args ctx req res uri url api cpu gpu ram \
    rom usb pci bios vm vms aws ec arn iam sqs sns rds lambda dynamodb cloudwatch cloudfront amazonaws stdout stderr \
    stdin async await async impl struct enum const fn int str bool void char vec hashmap arraylist";

/// Countries and states: places that the list of cities has not.
const MORE_PLACES: &str = "ALABAMA ALASKA ARIZONA CALIFORNIA CAROLINA COLORADO DAKOTA FLORIDA GEORGIA HAWAII IDAHO \
    INDIANA IOWA KANSAS KENTUCKY LOUISIANA MAINE MARYLAND MICHIGAN MONTANA NEVADA OHIO OREGON TENNESSEE TEXAS UTAH \
    VERMONT VIRGINIA WYOMING CHINA INDIA ISRAEL JORDAN IRELAND ENGLAND FRANCE GERMANY ITALY SPAIN JAPAN KOREA CUBA \
    BRAZIL CANADA MEXICO KENYA CHAD LONDON PARIS BERLIN SYDNEY CHESTER LANCASTER";

fn counts(path: &str) -> Result<BTreeMap<String, u64>, Box<dyn Error>> {
    let mut counts = BTreeMap::new();
    for line in fs::read_to_string(path)?.lines().skip(1) {
        let mut columns = line.split('\t');
        let name = columns.next().unwrap_or_default();
        let count: u64 = columns.nth(1).unwrap_or_default().parse()?;
        if count >= MIN_FEW && name.len() > 1 && name.bytes().all(|byte| byte.is_ascii_uppercase()) {
            counts.insert(name.to_owned(), count);
        }
    }
    Ok(counts)
}

/// 1 for 500 persons, one more for each doubling, at most 15; 0 for fewer.
fn level(count: Option<&u64>) -> u64 {
    count
        .and_then(|count| (count / MIN_PERSONS).checked_ilog2())
        .map_or(0, |doublings| u64::from(doublings + 1).min(15))
}

fn places(path: &str) -> Result<BTreeSet<String>, Box<dyn Error>> {
    const MIN_ZIP_CODES: usize = 6;
    let mut cities: BTreeMap<String, usize> = BTreeMap::new();
    for line in fs::read_to_string(path)?.lines().skip(1) {
        *cities.entry(line.split('\t').nth(1).unwrap_or_default().to_ascii_uppercase()).or_default() += 1;
    }
    let large = cities.into_iter().filter(|(_, count)| *count >= MIN_ZIP_CODES).map(|(city, _)| city);
    Ok(large.chain(MORE_PLACES.split_whitespace().map(str::to_owned)).collect())
}

/// The place of a word's first six letters in the filter; `Names::may_begin` computes the same.
fn filter_place(name: &str) -> usize {
    let mut head = [0; 8];
    for (to, from) in head.iter_mut().zip(name.bytes().take(6)) {
        *to = from;
    }
    (u64::from_le_bytes(head).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - FILTER_BITS)) as usize
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [first, last, words, cities, table, filter] = arguments.as_slice() else {
        return Err("usage: build_names FIRST.tsv LAST.tsv WORDS.txt CITIES.tsv NAMES.fst FIRST_WORDS.bits".into());
    };
    let (first, last, places) = (counts(first)?, counts(last)?, places(cities)?);
    let mostly_names: BTreeSet<&str> = MOSTLY_NAMES.split_whitespace().collect();
    let words = fs::read_to_string(words)?;
    let words: BTreeSet<String> = words
        .lines()
        .filter(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()) && !mostly_names.contains(word))
        .map(str::to_ascii_uppercase)
        .collect();
    // A word that is neither in the dictionary nor written in logs may be a name that no list has.
    let mut bits = vec![u8::MAX; 1 << (FILTER_BITS - 3)];
    let other_words = words.iter().cloned().chain(OF_LOGS.split_whitespace().map(str::to_ascii_uppercase));
    for word in other_words {
        let place = filter_place(&word);
        bits[place / 8] &= !(1 << (place % 8));
    }
    let mut builder = fst::MapBuilder::memory();
    let entries: BTreeSet<&String> = first.keys().chain(last.keys()).chain(&words).collect();
    for name in entries {
        let (given, family) = (level(first.get(name)), level(last.get(name)));
        let word = if words.contains(name) { IS_WORD } else { 0 };
        let place = if places.contains(name) { IS_PLACE } else { 0 };
        let few = last.get(name).is_some_and(|count| *count < MIN_PERSONS);
        builder.insert(name, given | family << 4 | word | place | if few { FEW } else { 0 })?;
        if given >= 1 || family >= 2 {
            let place = filter_place(name);
            bits[place / 8] |= 1 << (place % 8);
        }
    }
    // Surnames with a prefix of one letter, O'Brien and D'Angelo, and the first syllables of names that are written Hye-jin.
    for name in "O D HYE EUN MIN SOO SUNG SEUNG HYUN KYUNG JAE SANG DONG JIN YONG CHANG JOON JUN TAE WOO WON YOO"
        .split_whitespace()
    {
        let place = filter_place(name);
        bits[place / 8] |= 1 << (place % 8);
    }
    fs::write(table, builder.into_inner()?)?;
    fs::write(filter, bits)?;
    Ok(())
}
