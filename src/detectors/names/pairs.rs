//! Pairs of list words that name no person of a record: diseases, signs, devices, firms, places, people of history and stories.
//!
//! A list only; what follows from it is decided in the module above.

use crate::detectors::word_set::WordSet;

/// In lower case, in ascending order.
#[rustfmt::skip]
static KNOWN_PAIRS: [&str; 1104] = [
    "abraham lincoln", "ada lovelace", "adams forward", "adams stokes", "addison wesley", "adie tonic", "adson brown",
    "akin osteotomy", "alan turing", "albert einstein", "alexander bell", "alexander fleming", "alexander hamilton",
    "alfa romeo", "alfred dupont", "alice bob", "alice springs", "allen hamilton", "allen test", "allis clamp",
    "alta bates", "ambu bag", "amelia earhart", "andrew carnegie", "ann arbor", "ann lurie", "ann taylor",
    "anne frank", "anne klein", "ansel adams", "apgar score", "april fools", "april may", "argyll robertson",
    "army navy", "arnold chiari", "art class", "arthur andersen", "arthur young", "aspen collar", "aston martin",
    "aurora sinai", "austin bunionectomy", "austin flint", "austin healey", "austin peay", "babcock clamp",
    "babe ruth", "baby boy", "baby doe", "baby doll", "baby girl", "bair hugger", "baker hughes", "bakri balloon",
    "balfour retractor", "balkan frame", "ball park", "ballard score", "banner desert", "barack obama",
    "bardet biedl", "barlow ortolani", "barnes jewish", "barnes noble", "barney miller", "barraquer speculum",
    "bart simpson", "bartholin gland", "barton carey", "baskin robbins", "bates summit", "baton rouge", "bausch lomb",
    "bayley scales", "baylor dallas", "baylor scott", "bear stearns", "beau lines", "beckman coulter",
    "beckwith wiedemann", "becton dickinson", "beery buktenica", "bell pepper", "ben jerry", "bence jones",
    "benjamin franklin", "benjamin moore", "berg balance", "bergdorf goodman", "berkshire hathaway",
    "bernard soulier", "berry picking", "bertucci pizza", "best western", "beth israel", "betty crocker",
    "betty ford", "beverly hills", "bill clinton", "bill later", "billroth ii", "billy kid", "bishop college",
    "bishop harmon", "bishop score", "black decker", "blair hexter", "blake drain", "blalock taussig",
    "bloom richardson", "bloom torre", "bob dylan", "bobbi brown", "boca raton", "boerhaave tear", "bonnie clyde",
    "booker washington", "bookwalter retractor", "booz allen", "boston brace", "bouchard nodes", "bovie cautery",
    "bowling green", "braden scale", "braxton hicks", "brazelton scale", "bristol myers", "brooks brothers",
    "brown rice", "brown sequard", "brown sugar", "bruce wayne", "bruns nystagmus", "bryn mawr", "bud light",
    "budd chiari", "budd kiari", "buddy tape", "buena park", "buena vista", "burch colposuspension", "burger king",
    "burr hole", "burroughs wellcome", "burt bees", "caldwell luc", "calvin klein", "canadian cspine", "cape ann",
    "cape cod", "cape may", "cape verde", "captain morgan", "carey coombs", "carl jung", "carl junior", "carls jr",
    "carnegie mellon", "carol stream", "carson city", "casa grande", "castroviejo holder", "cedars sinai",
    "celiac sprue", "cesar chavez", "charcot foot", "charcot joint", "charcot marie", "charles darwin",
    "charles dickens", "charles lindbergh", "charles river", "charles schwab", "charlie brown", "charlotte amalie",
    "charlotte russe", "chase bank", "chase card", "chase manhattan", "chediak higashi", "chester county",
    "chester drawers", "cheyne stokes", "christian dior", "christopher columbus", "chuck cheese", "chula vista",
    "churg strauss", "clara barton", "clark kent", "clark level", "clay court", "cliff bar", "clifton park",
    "cobb angle", "cockcroft gault", "colorado springs", "congo red", "cook book", "cook county", "coombs test",
    "coors light", "coral gables", "coral springs", "cormack lehane", "cornelia lange", "corpus christi",
    "corrigan pulse", "costa mesa", "costa rica", "cox south", "creutzfeldt jakob", "crigler najjar", "crile wood",
    "cronkhite canada", "cross match", "crystal lake", "cuba libre", "cyber knife", "dale carnegie", "daly city",
    "dana farber", "dandy walker", "daniel boone", "danis weber", "dartmouth hitchcock", "dave buster", "davol drain",
    "davy crockett", "day care", "daytona beach", "de quervain", "dean witter", "deaver retractor", "dell seton",
    "delray beach", "denis browne", "dennis browne", "denver ii", "des moines", "des plaines", "desmarres retractor",
    "di george", "diamond bar", "diamond blackfan", "diego garcia", "dix hallpike", "donald duck", "donald trump",
    "donna karan", "dr pepper", "drew blood", "dubin johnson", "dubowitz score", "duchenne erb", "dukes stage",
    "dupuytren contracture", "dwight eisenhower", "easter bunny", "eaton lambert", "eddie bauer", "eden prairie",
    "edgar poe", "edwards lifesciences", "ehlers danlos", "el cajon", "el camino", "el dorado", "el monte", "el paso",
    "el segundo", "eleanor roosevelt", "eleanor slater", "eli lilly", "eli whitney", "elijah craig",
    "elizabeth arden", "elizabeth city", "ellicott city", "elton john", "elvis presley", "emery dreifuss",
    "emily dickinson", "erb duchenne", "ernest hemingway", "ernst young", "estee lauder", "ethan allen",
    "fallot tetralogy", "famous amos", "fannie mae", "ferdinand magellan", "finkelstein test", "fisher grade",
    "fisher paykel", "fisher price", "florence nightingale", "folstein mini", "foo bar", "forrest gump", "fort dodge",
    "fort lauderdale", "fort wayne", "fort worth", "fox chase", "francis bacon", "francis drake", "francis marion",
    "frank lloyd", "frank starling", "franklin pierce", "franklin roosevelt", "franklin templeton", "fred hutch",
    "fred hutchinson", "freddie mac", "frederick douglass", "fritz haber", "fuchs dystrophy", "fuhrman grade",
    "gamma knife", "ganong levine", "gardner wells", "geisinger danville", "gelpi retractor", "gene test",
    "general hospital", "geneva score", "george bush", "george orwell", "george washington", "gerald ford",
    "gerstmann straussler", "gesell school", "giemsa stain", "gigli saw", "gilbert meulengracht", "ginnie mae",
    "glanzmann thrombasthenia", "glasgow coma", "gleason grade", "gleason score", "glen burnie", "glen cove",
    "glen ellyn", "glen rose", "goldman sachs", "goldmann perimetry", "good samaritan", "gottron papules",
    "graham patch", "graham steell", "gram stain", "grand forks", "grand prairie", "grand rounds", "grant thornton",
    "gray matter", "gray scale", "green light", "green tea", "greenberg retractor", "gregor mendel", "grey turner",
    "guillain barre", "gundersen lutheran", "gustilo anderson", "hallervorden spatz", "hampton inn", "harbor ucla",
    "harley davidson", "harriet tubman", "harrington rod", "harris benedict", "harris teeter", "harry david",
    "harry potter", "harry truman", "harry winston", "hartmann pouch", "hashimoto thyroiditis", "hawkins kennedy",
    "hazelden betty", "heath bar", "heberden nodes", "hegar dilator", "helen keller", "helena rubinstein",
    "heller myotomy", "henderson hasselbalch", "henle loop", "hennepin county", "henoch schonlein", "henry ford",
    "henry schein", "herbert hoover", "hering breuer", "hess screen", "hickman broviac", "hidden valley", "hill rom",
    "hill sachs", "hillary clinton", "hillshire farm", "hilton garden", "hilton head", "hippel lindau",
    "hohmann retractor", "holiday inn", "holly berry", "holmes adie", "homer simpson", "hong kong", "hope lodge",
    "hot springs", "houghton mifflin", "house call", "house officer", "howard johnson", "howell jolly", "hudson mask",
    "hudson river", "hudson taylor", "hugo boss", "hunt hess", "hunt valley", "hunt wesson", "hunter hurler",
    "huntington beach", "hurler scheie", "ilizarov frame", "intermountain murray", "iowa city", "isaac newton",
    "ivor lewis", "ivory coast", "ivy league", "ivy tech", "jack daniel", "jack daniels", "jack frost", "jack hammer",
    "jack knife", "jack ripper", "jackie robinson", "jackson county", "jackson hole", "jackson pratt", "jaeger card",
    "james bond", "james joyce", "james madison", "james river", "james webb", "jane austen", "jane doe", "jane roe",
    "jean paul", "jefferson city", "jefferson davis", "jefferson parish", "jenny craig", "jersey city", "jersey mike",
    "jersey mikes", "jervell lange", "jim beam", "jimmy carter", "jimmy john", "jimmy johns", "joe biden",
    "joe bloggs", "joe public", "john deere", "john doe", "john hancock", "john muir", "john public",
    "john rockefeller", "john sealy", "john wayne", "john wiley", "johnnie walker", "johnny appleseed", "johnny cash",
    "johnny walker", "johns hopkins", "johnson city", "johnson johnson", "jonas salk", "jones dressing",
    "jordan river", "jos bank", "joseph machado", "jp morgan", "june bill", "kaiser permanente", "kamala harris",
    "kansas city", "karl marx", "karlin curette", "kate spade", "kaufman brief", "kayser fleischer",
    "keller bunionectomy", "kelly blue", "kelly clamp", "kennedy hawkins", "kennedy space", "kerrison rongeur",
    "key largo", "key west", "king george", "king james", "king kullen", "king size", "kirschner wire",
    "kleihauer betke", "klippel feil", "klippel trenaunay", "kocher clamp", "kock pouch", "kugelberg welander",
    "la crosse", "la habra", "la jolla", "la mesa", "la puente", "lachman test", "lake charles", "lake forest",
    "lake mary", "lake worth", "lambert eaton", "lancaster red", "lance head", "land rover", "landry guillain",
    "lane bryant", "lange nielsen", "las cruces", "las vegas", "lauge hansen", "laura ashley", "laurence moon",
    "law firm", "lawton brody", "le fort", "lebron james", "legacy emanuel", "legg perthes", "lehman brothers",
    "leica bond", "leksell frame", "lemli opitz", "lenox hill", "leonardo vinci", "lesch nyhan", "lewy body",
    "libman sacks", "lieberman speculum", "lincoln center", "lincoln park", "lippincott williams", "lisfranc joint",
    "little debbie", "liz claiborne", "lloyd wright", "lockheed martin", "logan square", "loma linda", "loma vista",
    "lombard street", "long beach", "long island", "lord taylor", "lorem ipsum", "los alamos", "los gatos",
    "lou gehrig", "louis bar", "louis pasteur", "louis vuitton", "lown ganong", "lucile packard", "lund browder",
    "luther king", "lyndon johnson", "machado joseph", "macintosh blade", "maddox rod", "madison garden",
    "madison square", "mallampati class", "mallory weiss", "mantoux test", "marchetti krantz", "marco polo",
    "marcus gunn", "maria manor", "maria stein", "marian manor", "marie calendar", "marie callender", "marie curie",
    "marie tooth", "marilyn monroe", "marion county", "marriott marquis", "marshall field", "marshall marchetti",
    "martha stewart", "martha vineyard", "marthas vineyard", "martin luther", "martin luther king", "martin marietta",
    "mary hitchcock", "mary immaculate", "mary kay", "mary major", "mary washington", "mason city", "mason dixon",
    "mass general", "masson trichrome", "max factor", "max planck", "may need", "may use", "mayfield clamp",
    "mayo hegar", "mayo stand", "mcburney point", "mccoy blade", "mccune albright", "mcdonald cerclage",
    "mckeown esophagectomy", "mcmurray test", "mead johnson", "meckel diverticulum", "mees lines", "meineke muffler",
    "men wearhouse", "menlo park", "mercedes benz", "mercer island", "merkel cell", "merriam webster",
    "merrill lynch", "mesa verde", "miami collar", "michael jackson", "michael kors", "mickey mouse", "mifflin jeor",
    "miles per", "miller abbott", "miller blade", "miller fisher", "miller lite", "milwaukee brace", "minerva cast",
    "mira mesa", "mission viejo", "monro kellie", "monroe county", "mont blanc", "monte carlo", "monte cristo",
    "monte vista", "montgomery county", "moreno valley", "morgan hill", "morgan kaufmann", "morgan stanley",
    "morse fall", "morton neuroma", "moses cone", "mount pleasant", "mount sinai", "mount vernon", "muehrcke lines",
    "myers squibb", "myrtle beach", "naegele rule", "neil armstrong", "neiman marcus", "nemours dupont",
    "new hampshire", "new jersey", "newport beach", "newport news", "niagara falls", "niemann pick", "nikola tesla",
    "nissen fundoplication", "norman rockwell", "north carolina", "north side", "northrop grumman",
    "northside forsyth", "norton audubon", "norton scale", "nottingham grade", "novak curette", "novant presbyterian",
    "oak lawn", "oak park", "ocean city", "ocean spray", "olive garden", "olive view", "orange county",
    "ortolani barlow", "oscar mayer", "oscar wilde", "osgood schlatter", "osler nodes", "osler weber", "ottawa knee",
    "owens minor", "pace maker", "page break", "page header", "paget schroetter", "paine webber", "palm bay",
    "palm beach", "palm springs", "palo alto", "palos verdes", "panama city", "papa john", "papa johns",
    "park nicollet", "park ridge", "parke davis", "parkinson white", "parry romberg", "paso robles", "pastia lines",
    "pat down", "paterson kelly", "paul mitchell", "paul revere", "pavlik harness", "pearl city", "pearl harbor",
    "penfield dissector", "penrose drain", "perkin elmer", "peter pan", "peter rabbit", "peutz jeghers",
    "phalen test", "phalen tinel", "philadelphia collar", "philip morris", "pierre robin", "pillsbury doughboy",
    "pine bluff", "plummer vinson", "pocono summit", "ponseti cast", "port arthur", "port charlotte", "port st",
    "prader willi", "pratt whitney", "prentice hall", "price list", "price match", "price waterhouse",
    "prince albert", "prince charles", "prince george", "prince william", "princess anne", "prisma richland",
    "providence portland", "prussian blue", "puerto rico", "punta gorda", "queen anne", "queen elizabeth",
    "queen mary", "queen victoria", "quest diagnostics", "quincke pulse", "rachael ray", "ralph lauren", "ramada inn",
    "ramsay hunt", "rancho cordova", "ray ban", "red lion", "reed sternberg", "reed switch", "rendu osler",
    "rey osterrieth", "reynolds pentad", "rice cooker", "rich media", "richard nixon", "richard roe",
    "richardson olszewski", "richardson retractor", "riedel thyroiditis", "rinne test", "rinne weber", "rio grande",
    "rio rancho", "risser cast", "ritz carlton", "rob roy", "robert frost", "robert wood", "robin hood",
    "rock bottom", "rock hill", "rockville centre", "rolls royce", "romano ward", "ronald mcdonald", "ronald reagan",
    "rosa parks", "rose city", "rose garden", "rose hill", "rosenbaum card", "roswell park", "round rock", "roux en",
    "royal oak", "rubinstein taybi", "ruby tuesday", "rule nines", "russell silver", "rusty nail", "ruth chris",
    "saint augustine", "saint cloud", "saint francis", "saint joseph", "saint louis", "saint luke", "saint paul",
    "salem sump", "sallie mae", "salomon brothers", "salt lake", "salter harris", "sam houston", "samuel morse",
    "san angelo", "san antonio", "san bernardino", "san bruno", "san diego", "san fernando", "san francisco",
    "san jose", "san juan", "san leandro", "san luis", "san marcos", "san mateo", "san pedro", "san rafael",
    "sandy beach", "sandy point", "sandy springs", "santa ana", "santa anita", "santa barbara", "santa clara",
    "santa clarita", "santa claus", "santa cruz", "santa fe", "santa maria", "santa monica", "santa paula",
    "santa rosa", "santa teresa", "santa ynez", "santo domingo", "sara lee", "sarah bush", "sarah cannon",
    "sarasota springs", "saratoga springs", "saudi arabia", "scarff bloom", "schilling test", "schirmer test",
    "schober test", "scott and", "scott county", "scripps green", "scripps mercy", "sengstaken blakemore",
    "seton hall", "sharp grossmont", "sherlock holmes", "sherwin williams", "shirodkar cerclage", "short stay",
    "shy drager", "sierra leone", "sierra madre", "sierra vista", "sigmund freud", "silver russell", "silver spring",
    "silverman anderson", "simon schuster", "sinding larsen", "sioux city", "sioux falls", "sister mary",
    "skene gland", "sloan kettering", "smith barney", "smith kline", "smith lemli", "smith magenis", "smith nephew",
    "snellen chart", "snow storm", "south carolina", "spetzler martin", "spring hill", "spring valley",
    "spurling test", "sri lanka", "st augustine", "st charles", "st cloud", "st elizabeth", "st francis", "st george",
    "st john", "st johns", "st joseph", "st jude", "st louis", "st luke", "st lukes", "st mary", "st marys",
    "st paul", "st pete", "st petersburg", "st thomas", "st vincent", "stanford binet", "stanley cooper",
    "stanley steemer", "starling law", "staten island", "steele richardson", "steinmann pin", "stephen decatur",
    "sternberg reed", "stevens johnson", "stokes adams", "stokes litter", "stone mountain", "stonewall jackson",
    "storm andrea", "stroop test", "stryker frame", "sturge weber", "sturm conoid", "sudan black", "sue over",
    "sugar land", "sugar tong", "summer camp", "summer school", "summer time", "sun city", "susan anthony",
    "sutter roseville", "swan ganz", "swedish cherry", "takayasu arteritis", "takoma park", "tamm horsfall",
    "tampa general", "tanner stage", "tay sachs", "taylor swift", "ted hose", "ted stocking", "terre haute",
    "terry nails", "theodore roosevelt", "thermo fisher", "thomas edison", "thomas jefferson", "thomas test",
    "thurgood marshall", "tiger woods", "tinel phalen", "titmus fly", "tolosa hunt", "tommy hilfiger", "tony stark",
    "toupet fundoplication", "trader joe", "trader joes", "traverse city", "travis ci", "treacher collins",
    "trenaunay weber", "ulysses grant", "una boot", "union city", "unna boot", "van line", "van nuys",
    "vanderbilt stallworth", "varian truebeam", "venturi mask", "vera bradley", "vera wang", "vero beach",
    "via christi", "victor harbor", "victoria secret", "vidal sassoon", "villa maria", "villa park", "vincent gogh",
    "virginia beach", "virginia city", "virginia mason", "vista del", "von gierke", "von hippel",
    "von recklinghausen", "von willebrand", "wade pool", "wake forest", "wall street", "walla walla", "wallace rule",
    "walt disney", "walt whitman", "walter reed", "ward clerk", "ward nurse", "warner lambert", "warner robins",
    "warren buffett", "waters edge", "weber rendu", "weber rinne", "weber test", "wegener granulomatosis",
    "weitlaner retractor", "wells fargo", "wells score", "werdnig hoffmann", "wernicke korsakoff", "west allis",
    "west jordan", "west virginia", "west wing", "white board", "white count", "wickham striae", "wilkes barre",
    "will call", "will do", "william shakespeare", "williams beuren", "williams wilkins", "winn dixie",
    "winston salem", "winter haven", "winter storm", "wise use", "wiskott aldrich", "wolf hirschhorn", "wolf pack",
    "wolff parkinson", "wood chuck", "wood johnson", "woodcock johnson", "woodrow wilson", "wright brothers",
    "wright giemsa", "wright stain", "wyeth ayerst", "zeiss humphrey", "zenker diverticulum", "ziehl neelsen",
    "zimmer biomet", "zollinger ellison",
];

/// What stands behind a title in the names of products and figures, `Mr. Clean`, `Dr. Pepper`, and is hardly anybody's surname.
#[rustfmt::skip]
static FIGURES: WordSet = WordSet::new(&[
    "dr caligari", "dr demento", "dr doom", "dr dre", "dr frankenstein", "dr jart", "dr mario", "dr octopus",
    "dr pepper", "dr robotnik", "dr sardonicus", "dr scholls", "dr seuss", "dr strangelove", "dr teals", "dr who",
    "dr zhivago", "miss america", "miss moneypenny", "miss piggy", "miss saigon", "miss universe", "mr appliance",
    "mr beast", "mr bojangles", "mr bubble", "mr clean", "mr coffee", "mr electric", "mr goodwrench", "mr handyman",
    "mr incredible", "mr krabs", "mr lube", "mr magoo", "mr muscle", "mr pac-man", "mr pibb", "mr postman", "mr potato",
    "mr roboto", "mr rooter", "mr sandman", "mr sketch", "mr softee", "mr submarine", "mr tire", "mr transmission",
    "mr universe", "mrs butterworth", "mrs dash", "mrs doubtfire", "ms marvel", "ms pac-man", "ms pacman",
]);

/// Whether the words are known to be somebody or something else: all of them, the first two, or the last two.
pub(super) fn is_known_pair(words: &[u8]) -> bool {
    let Some(first) = words.iter().position(|byte| *byte == b' ') else { return false };
    let last = words.iter().rposition(|byte| *byte == b' ').unwrap_or(first);
    if first == last {
        return is_listed(words);
    }
    let second = words[first + 1..].iter().position(|byte| *byte == b' ').map_or(last, |place| first + 1 + place);
    let before_last = words[..last].iter().rposition(|byte| *byte == b' ').unwrap_or(first);
    is_listed(words) || is_listed(&words[..second]) || is_listed(&words[before_last + 1..])
}

fn is_listed(pair: &[u8]) -> bool {
    const MAX_PAIR: usize = 32;
    let mut buffer = [0; MAX_PAIR];
    let Some(lower) = buffer.get_mut(..pair.len()) else { return false };
    lower.copy_from_slice(pair);
    lower.make_ascii_lowercase();
    KNOWN_PAIRS.binary_search_by(|listed| listed.as_bytes().cmp(lower)).is_ok()
}

/// Whether a name behind a title is that of a product or a figure: `Mr. Clean`, `MRS DASH`.
pub(super) fn is_figure(titled: &[u8]) -> bool {
    const MAX_FIGURE: usize = 16;
    let Some(gap) = titled.iter().position(|byte| *byte == b' ') else { return false };
    let title = titled[..gap].strip_suffix(b".").unwrap_or(&titled[..gap]);
    let rest = &titled[gap + 1..];
    let word = &rest[..rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len())];
    let mut figure = [0; MAX_FIGURE];
    let length = title.len() + 1 + word.len();
    if length > MAX_FIGURE {
        return false;
    }
    figure[..title.len()].copy_from_slice(title);
    figure[title.len()] = b' ';
    figure[title.len() + 1..length].copy_from_slice(word);
    FIGURES.contains(&figure[..length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_pairs_are_told_in_any_case_and_within_longer_names() {
        assert!(KNOWN_PAIRS.windows(2).all(|pair| pair[0] < pair[1]) && FIGURES.is_searchable());
        for known in ["Swan Ganz", "HENRY FORD", "Martin Luther King", "Charcot Marie Tooth"] {
            assert!(is_known_pair(known.as_bytes()), "{known}");
        }
        for other in ["Henry", "Henry Okafor", "Maria Garcia Lopez", ""] {
            assert!(!is_known_pair(other.as_bytes()), "{other}");
        }
        for figure in ["Mr. Clean", "MRS DASH seasoning", "Dr. Seuss"] {
            assert!(is_figure(figure.as_bytes()), "{figure}");
        }
        assert!(!is_figure(b"Mr. Pepper") && !is_figure(b"Dr. Okafor") && !is_figure(b"Clean"));
    }
}
