//! The people of a record: a patient (`p`), a doctor (`d`), a relative (`r`) and one more (`e`).

use super::super::random::Random;
use super::dates::Date;
use super::stock::{Place, Stock};

/// Invented names that are rare in the census lists, or not written as these write them.
const FAR_NAMES: &[&str] = &[
    "Nguyen Thi Hoa",
    "Olufunmilayo Adeyemi-Bakare",
    "Siobhán Ní Dhálaigh",
    "Søren Kjærgaard",
    "Wojciech Szczepański",
    "Thandiwe Mkhwanazi",
    "Ravichandran Subramaniam",
    "Oluwaseun Ogunbanjo",
    "Björn Sigurðsson",
    "Chidiebere Nwankwo",
    "Hyeon-woo Seong",
    "D'Angelo Okonkwo",
    "María José Villanueva-Ruiz",
    "Jean-François Lefèvre",
    "Anh-Thu Tran",
    "Katarzyna Wiśniewska",
    "Yevgeniy Hryhorenko",
    "Nkechi Ezeudu",
    "Giuseppe Di Benedetto",
    "Aoife O'Shaughnessy",
    "Abdulrahman Al-Harbi",
    "Fatoumata Bah Diallo",
    "Priyanka Venkataraman",
    "Mehmet Yıldırım",
    "Xiuying Ouyang",
];

/// One synthetic person.
#[derive(Debug)]
pub struct Person {
    first: &'static str,
    middle: char,
    last: &'static str,
    /// `F` or `M`, drawn without regard to the name.
    pub sex: &'static str,
    /// Day of birth.
    pub birth: Date,
    /// Nine digits that the scheme allows.
    pub ssn: String,
    /// A street address.
    pub street: String,
    /// City, state, ZIP code, county.
    pub place: Place,
    area: u32,
}

impl Person {
    fn draw(stock: &Stock, random: &mut Random) -> Self {
        let area = match random.between(1, 898) {
            area if area >= 666 => area + 1,
            area => area,
        };
        Self {
            first: stock.given(random),
            middle: char::from(random.pick(b"ABCDEFGHJKLMNPRSTW")),
            last: stock.surname(random),
            sex: random.pick(&["F", "M"]),
            birth: Date::birth(random),
            ssn: format!("{area:03}{:02}{:04}", random.between(1, 99), random.between(1, 9999)),
            street: stock.street(random),
            place: stock.place(random),
            area: random
                .pick(&[207, 212, 217, 239, 303, 312, 337, 406, 415, 503, 512, 605, 617, 702, 770, 802, 828, 913, 952]),
        }
    }

    /// The name in a form.
    pub fn name(&self, variant: &str, random: &mut Random) -> Option<String> {
        let Self { first, middle, last, .. } = self;
        Some(match variant {
            "" => format!("{first} {last}"),
            "any" => return self.name(random.pick(&["", "", "", "fml", "lf", "upper"]), random),
            "first" => (*first).to_owned(),
            "last" => (*last).to_owned(),
            "firstu" => first.to_uppercase(),
            "lastu" => last.to_uppercase(),
            "lf" => format!("{last}, {first}"),
            "lfm" => format!("{last}, {first} {middle}."),
            "lfu" => format!("{last}, {first}").to_uppercase(),
            "lfmu" => format!("{last},{first} {middle}").to_uppercase(),
            "fml" => format!("{first} {middle}. {last}"),
            "upper" => format!("{first} {last}").to_uppercase(),
            "lower" => format!("{first} {last}").to_lowercase(),
            "hl7" => format!("{last}^{first}^{middle}").to_uppercase(),
            "initial" => format!("{}. {last}", first.chars().next()?),
            "middle" => middle.to_string(),
            "foreign" => random.pick(FAR_NAMES).to_owned(),
            _ => return None,
        })
    }

    /// First letter of the surname, as a registration number repeats it.
    pub fn surname_initial(&self) -> char {
        self.last
            .chars()
            .next()
            .map(|letter| letter.to_ascii_uppercase())
            .filter(char::is_ascii_uppercase)
            .unwrap_or('9')
    }

    /// A telephone number; half of them of the fictional range.
    pub fn phone(&self, variant: &str, random: &mut Random) -> Option<String> {
        let area = self.area;
        let (exchange, line) = if random.one_in(2) {
            (555, random.between(100, 199))
        } else {
            (
                random.pick(&[234, 246, 258, 327, 348, 362, 429, 437, 463, 524, 622, 724, 748, 862, 942]),
                random.between(1000, 9999),
            )
        };
        let chosen = if variant == "any" {
            random.pick(&["", "paren", "paren", "dot", "plus", "space", "ext"])
        } else {
            variant
        };
        Some(match chosen {
            "" => format!("{area}-{exchange}-{line:04}"),
            "paren" => format!("({area}) {exchange}-{line:04}"),
            "dot" => format!("{area}.{exchange}.{line:04}"),
            "plus" => format!("+1 {area} {exchange} {line:04}"),
            "one" => format!("1-{area}-{exchange}-{line:04}"),
            "e164" => format!("+1{area}{exchange}{line:04}"),
            "space" => format!("{area} {exchange} {line:04}"),
            "bare" => format!("{area}{exchange}{line:04}"),
            "ext" => format!("({area}) {exchange}-{line:04} x{}", random.between(100, 9999)),
            _ => return None,
        })
    }

    /// An address in a reserved domain.
    pub fn email(&self, random: &mut Random) -> String {
        let plain = |name: &str| name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
        let (first, last) = (plain(self.first), plain(self.last));
        let domain = random.pick(&["example.com", "example.org", "example.net", "mail.example.com", "clinic.example"]);
        match random.below(4) {
            0 => format!("{first}.{last}@{domain}"),
            1 => format!("{last}{}@{domain}", random.between(1, 99)),
            2 => format!("{first}_{}@{domain}", self.birth.0),
            _ => format!("{}{last}@{domain}", first.get(..1).unwrap_or("x")),
        }
    }
}

/// The people and diagnoses of one record.
#[derive(Debug)]
pub struct Cast {
    people: [Person; 4],
    /// Code and description.
    pub diagnosis: (&'static str, &'static str),
    /// Another one.
    pub second_diagnosis: (&'static str, &'static str),
}

impl Cast {
    /// Draws everybody.
    pub fn draw(stock: &Stock, random: &mut Random) -> Self {
        Self {
            people: std::array::from_fn(|_| Person::draw(stock, random)),
            diagnosis: stock.diagnosis(random),
            second_diagnosis: stock.diagnosis(random),
        }
    }

    /// The person of a role; the patient for an unknown one.
    pub fn person(&self, role: &str) -> &Person {
        let place = match role {
            "d" => 1,
            "r" => 2,
            "e" => 3,
            _ => 0,
        };
        &self.people[place]
    }
}
