//! Documents written here, object by object: what is read of them, what is told, and what hostile ones cost.

use super::*;
use crate::decoders::{self, Limits};
use crate::model::Content;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::io::Write as _;

/// Writes a document of objects; the first is its catalog.
fn document(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(bytes.len());
        bytes.extend(format!("{} 0 obj\n", index + 1).bytes());
        bytes.extend(object);
        bytes.extend(b"\nendobj\n");
    }
    let xref = bytes.len();
    bytes.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    places.iter().for_each(|place| bytes.extend(format!("{place:010} 00000 n \n").bytes()));
    bytes.extend(format!("trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{xref}\n%%EOF\n", objects.len() + 1).bytes());
    bytes
}

fn stream(dictionary: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("<<{dictionary}/Length {}>>\nstream\n", content.len());
    [head.as_bytes(), content, b"\nendstream"].concat()
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

const FONT: &str = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</BaseEncoding/WinAnsiEncoding\
                    /Differences[1/eacute/f_i 200/g7]>>>>";

/// One page with these operators, whose drawing `X` is the last object.
fn one_page(operators: &[u8], more: Vec<Vec<u8>>) -> Vec<u8> {
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1/Resources<</Font<</F 5 0 R>>/XObject<</X 6 0 R>>>>>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R>>".to_vec(),
        stream("", operators),
        FONT.as_bytes().to_vec(),
    ];
    objects.extend(more);
    document(&objects)
}

/// What is read of a document: fields with values, lines, and why there is not more.
fn read(bytes: Vec<u8>) -> (Vec<(String, String)>, String, Option<Reason>) {
    let (mut fields, mut text) = (Vec::new(), String::new());
    let mut decoder = match decoders::open(Content::from_bytes(Bytes::from(bytes)), "a.pdf", &Limits::default()) {
        Ok(decoder) => decoder,
        Err(error) => return (fields, text, Some(error.reason)),
    };
    assert_eq!(decoder.format(), "pdf");
    let mut batch = Batch::default();
    loop {
        match decoder.next_batch(&mut batch) {
            Ok(true) => {}
            Ok(false) => return (fields, text, decoder.shortfall()),
            Err(error) => return (fields, text, Some(error.reason)),
        }
        for column in &batch.columns {
            for range in column.ranges() {
                let value = String::from_utf8(column.bytes[range].to_vec()).unwrap();
                if column.path.is_empty() {
                    text.push_str(&value);
                    text.push('\n');
                } else {
                    fields.push((column.path.to_string(), value));
                }
            }
        }
    }
}

fn text_of(bytes: Vec<u8>) -> (String, Option<Reason>) {
    let (_, text, reason) = read(bytes);
    (text.trim().to_owned(), reason)
}

const LONG: &str = "This page has a picture and says in words everything that stands in it, at a length that nobody would ever write on a stamp or in a margin.";

#[test]
fn text_stands_in_lines_whatever_wrote_it() {
    let operators = b"BT /F 10 Tf 50 700 Td (Patient:) Tj 0 -12 Td (MRN:) Tj ET
        BT /F 10 Tf 1 0 0 1 120 700 Tm [(A) 20 (da) -300 (Okafor)] TJ ET
        BT /F 10 Tf 120 688 Td (447) Tj (1920) Tj ET
        q 1 0 0 1 0 -100 cm BT /F 10 Tf 14 TL 50 700 Td (caf\\001) ' (\\002nal \\(x\\)) ' ET Q /X Do
        BI /W 1 /H 1 /BPC 8 /CS /G ID x EI BT /F 10 Tf 50 400 Td <656e64> Tj ET";
    let form = stream("/Type/XObject/Subtype/Form/Matrix[1 0 0 1 0 20]", b"BT /F 10 Tf 50 500 Td (in a form) Tj ET");
    let (text, reason) = text_of(one_page(operators, vec![form]));
    assert_eq!(text, "Patient:  Ada Okafor\nMRN:  4471920\n\ncafé\nfinal (x)\n\nin a form\n\nend");
    assert_eq!(reason, None);
}

#[test]
fn filters_of_pages_are_undone_and_unknown_ones_told() {
    let operators = b"BT /F 10 Tf 50 700 Td (packed) Tj ET";
    let page = |contents: Vec<u8>| {
        let mut bytes = one_page(b"", Vec::new());
        let start = memmem::find(&bytes, b"<</Length 0>>").unwrap();
        let end = start + memmem::find(&bytes[start..], b"endstream").unwrap() + 9;
        bytes.splice(start..end, contents);
        bytes
    };
    let hexadecimal: String = deflated(operators).iter().map(|byte| format!("{byte:02x}")).collect();
    for contents in [
        stream("/Filter/FlateDecode", &deflated(operators)),
        stream("/Filter[/AHx/Fl]", hexadecimal.as_bytes()),
        stream(
            "/Filter/ASCIIHexDecode",
            operators.iter().map(|byte| format!("{byte:02X} ")).collect::<String>().as_bytes(),
        ),
    ] {
        assert_eq!(text_of(page(contents)), ("packed".to_owned(), None));
    }
    let cut = deflated(&operators.repeat(300));
    let (text, reason) = text_of(page(stream("/Filter/FlateDecode", &cut[..cut.len() - 20])));
    assert!(text.starts_with("packed") && reason == Some(Reason::Corrupt), "{reason:?}");
    assert_eq!(text_of(page(stream("/Filter/JBIG2Decode", b"x"))).1, Some(Reason::UnsupportedFormat));
    assert_eq!(text_of(page(stream("", b"BT /F 10 Tf (before) Tj ET >> (after) Tj"))).1, Some(Reason::Corrupt));
}

#[test]
fn what_is_shown_as_an_image_or_without_characters_is_told() {
    let image = stream("/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray", b"x");
    for (operators, expected) in [
        ("q 600 0 0 800 0 0 cm /X Do Q".to_owned(), Some(Reason::NoText)),
        ("q 20 0 0 20 0 0 cm /X Do Q".to_owned(), Some(Reason::NoText)),
        ("q 600 0 0 800 0 0 cm /X Do Q BT /F 9 Tf 10 10 Td (Page 1 of 3) Tj ET".to_owned(), Some(Reason::NoText)),
        (format!("q 600 0 0 800 0 0 cm /X Do Q BT /F 9 Tf 3 Tr 10 10 Td ({LONG}) Tj ET"), None),
        ("q 20 0 0 20 0 0 cm /X Do Q BT /F 9 Tf 10 10 Td (With a logo) Tj ET".to_owned(), None),
        ("BT /F 9 Tf 10 10 Td (\\310\\310\\310) Tj ET".to_owned(), Some(Reason::NoText)),
        ("0 0 10 10 re f".to_owned(), None),
    ] {
        assert_eq!(text_of(one_page(operators.as_bytes(), vec![image.clone()])).1, expected, "{operators}");
    }
    let codes =
        b"<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/Identity-H/DescendantFonts[<</Subtype/CIDFontType2>>]>>";
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>".to_vec(),
        stream("", b"BT /F 10 Tf 50 700 Td <00240044> Tj ET"),
        codes.to_vec(),
    ];
    assert_eq!(text_of(document(&objects)), (String::new(), Some(Reason::NoText)));
    objects[4] = [&codes[..codes.len() - 2], b"/ToUnicode 6 0 R>>"].concat();
    objects.push(stream("", b"1 beginbfchar <0024> <0041> endbfchar 1 beginbfrange <0044> <0046> <0061> endbfrange"));
    assert_eq!(text_of(document(&objects)), ("Aa".to_owned(), None));
}

#[test]
fn fields_of_forms_notes_and_attachments() {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R 6 0 R 4 0 R]>>/Names<</EmbeddedFiles<<>>>>>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/Annots[<</Subtype/FreeText/Contents(a note)>> 6 0 R]>>",
        "<</T(patient)/Kids[5 0 R 4 0 R]>>",
        "<</T(name)/TU(Name of the patient)/V<FEFF00C90076006100200042>>>",
        "<</T(smokes)/FT/Btn/V/Yes/Kids[<</V/Off>>]>>",
    ];
    let (fields, text, reason) = read(document(&objects.map(|object| object.as_bytes().to_vec())));
    let field = |path: &str, value: &str| (path.to_owned(), value.to_owned());
    assert_eq!(fields, [field("patient.name", "Éva B"), field("smokes", "Yes")]);
    assert_eq!((text.trim(), reason), ("a note", Some(Reason::UnsupportedFormat)));
}

#[test]
fn trees_that_lead_back_or_lie_end() {
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[2 0 R 3 0 R 2 0 R 3 0 R]/Count 1000000000/Parent 2 0 R>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>".to_vec(),
        stream("", b"BT /F 10 Tf 50 700 Td (once) Tj ET"),
        FONT.as_bytes().to_vec(),
    ];
    assert_eq!(text_of(document(&objects)), ("once".to_owned(), Some(Reason::Corrupt)));
    objects[1] = b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec();
    assert_eq!(text_of(document(&objects)), ("once".to_owned(), None));
    objects[3] = b"<</Length 4 0 R>>\nstream\nBT ET\nendstream".to_vec();
    text_of(document(&objects));
    let itself = stream("/Subtype/Form/Resources<</XObject<</X 6 0 R>>>>", b"/X Do");
    assert_eq!(text_of(one_page(b"/X Do", vec![itself])).1, Some(Reason::Corrupt));
    let other = stream("/Subtype/Form/Resources<</XObject<</X 6 0 R>>>>", b"/X Do");
    let first = stream("/Subtype/Form/Resources<</XObject<</X 7 0 R>>>>", b"/X Do");
    assert_eq!(text_of(one_page(b"/X Do", vec![first, other])).1, Some(Reason::Corrupt));
    let within = |next: usize| stream(&format!("/Subtype/Form/Resources<</XObject<</X {next} 0 R>>>>"), b"/X Do");
    let deep = (7..22).map(within).collect();
    assert_eq!(text_of(one_page(b"/X Do", deep)).1, Some(Reason::NestingLimit));
    let nested = [b"<</Type/Catalog/Pages ".as_slice(), &b"[".repeat(200_000), b">>"].concat();
    assert!(text_of(document(&[nested])).1.is_some());
}

#[test]
fn bombs_are_limits() {
    let zeros = deflated(&vec![b' '; 80 << 20]);
    let bomb = stream("/Filter/FlateDecode", &zeros);
    for what in [
        document(&[b"<</Type/Catalog/Pages 2 0 R>>".to_vec(), bomb.clone()]),
        one_page(b"/X Do", vec![stream("/Subtype/Form/Filter/FlateDecode", &zeros)]),
        one_page(b"/X Do", vec![stream("/Subtype/Form/Filter[/FlateDecode/FlateDecode]", &deflated(&zeros))]),
        one_page(b"/X Do", vec![stream("/Subtype/Image/Type/ObjStm/N 1/First 4/Filter/FlateDecode", &zeros)]),
    ] {
        assert_eq!(text_of(what).1, Some(Reason::ExpansionLimit));
    }
    // Each form draws the next one ten times.
    let level =
        |next: usize| stream(&format!("/Subtype/Form/Resources<</XObject<</X {next} 0 R>>>>"), &b"/X Do ".repeat(40));
    let levels = (7..17).map(level).chain([stream("/Subtype/Form", b" ")]).collect();
    assert_eq!(text_of(one_page(b"/X Do", levels)).1, Some(Reason::ExpansionLimit));
    let mut pages = b"<</Type/Pages/Count 1/Kids[".to_vec();
    pages.extend(b"<<>>".repeat(1_000_000));
    pages.extend(b"]>>");
    let catalog = b"<</Type/Catalog/Pages 2 0 R>>".to_vec();
    assert_eq!(text_of(document(&[catalog, pages])).1, Some(Reason::MemoryLimit));
    let fonts = (0..300_000).map(|name| format!("/{name:x} 1")).collect::<String>();
    let page = format!("<</Type/Page/Resources<</Font<<{fonts}>>>>>>").into_bytes();
    let above = b"<</Type/Pages/Count 1/Kids[3 0 R]>>".to_vec();
    let catalog = b"<</Type/Catalog/Pages 2 0 R>>".to_vec();
    assert_eq!(text_of(document(&[catalog.clone(), above, page])).1, Some(Reason::MemoryLimit));
    let places =
        stream("/Type/XRef/W[1 2 1]/Size 9/Root 1 0 R/Filter/FlateDecode", &deflated(&b"\x01\0\x09\0".repeat(2 << 20)));
    assert_eq!(text_of(document(&[catalog, places])).1, Some(Reason::ExpansionLimit));
    // Streams without an end share their bytes.
    let open = b"1 0 obj<</Filter/ASCII85Decode>>stream\n".repeat(50_000);
    assert_eq!(text_of([b"%PDF-1.7\n", &open[..]].concat()).1, Some(Reason::MemoryLimit));
    let shown = b"BT /F 1 Tf (aaaaaaaaaa) Tj ET ".repeat(250_000);
    assert_eq!(text_of(one_page(&shown, Vec::new())).1, Some(Reason::MemoryLimit));
    let large = [b"%PDF-1.7\n".as_slice(), &vec![b' '; MAX_BYTES]].concat();
    assert_eq!(text_of(large).1, Some(Reason::MemoryLimit));
}

#[test]
fn what_is_cut_or_encrypted_is_told() {
    let whole = one_page(b"BT /F 10 Tf 50 700 Td (some text) Tj ET", Vec::new());
    for cut in 5..whole.len() - 6 {
        let (_, reason) = text_of(whole[..cut].to_vec());
        assert!(reason.is_some(), "cut at {cut}");
    }
    let mut sealed = whole.clone();
    let at = memmem::find(&sealed, b"/Root").unwrap();
    sealed.splice(at..at, b"/Encrypt<</Filter/Other/V 9>>".iter().copied());
    assert_eq!(text_of(sealed).1, Some(Reason::Encrypted));
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/decoders/pdf");
    assert_eq!(text_of(std::fs::read(folder.join("password.pdf")).unwrap()).1, Some(Reason::Encrypted));
    // Whom only changes need a password of can read it.
    let (text, reason) = text_of(std::fs::read(folder.join("owner_password.pdf")).unwrap());
    assert!(text.contains("MRN: 4471920") && reason.is_none(), "{text} {reason:?}");
}
