//! Writes the demonstration lake: the files of Harborview Family Clinic, a fictional practice whose data got around.
//!
//! The same 260 patients appear in the clinical area, where they belong, and in the places where copies were left.

use crate::demo_files::{self as files, PHINDER_TOML, STATIC_FILES};
use crate::labels::Truth;
use crate::random::Random;
use crate::subject::Subject;
use crate::table::{self, Values};
use flate2::{Compression, Crc, write::GzEncoder};
use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

type Outcome = Result<(), Box<dyn Error>>;

/// The folder, the sequence of random numbers and the patients of the clinic.
struct Lake {
    folder: PathBuf,
    random: Random,
    patients: Vec<Subject>,
}

impl Lake {
    fn save(&self, path: &str, content: impl AsRef<[u8]>) -> Outcome {
        let path = self.folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        Ok(fs::write(path, content)?)
    }

    /// The first `count` patients, or all of them, through a template each.
    fn lines(&mut self, template: &str, count: usize) -> String {
        let mut unused = Truth::default();
        let patients = self.patients.iter().cycle().take(count);
        patients.map(|patient| patient.fill(template, &mut self.random, &mut unused) + "\n").collect()
    }

    /// The value of a cell, one per patient.
    fn cells(&mut self, cell: &str, count: usize) -> Vec<String> {
        let patients = self.patients.iter().cycle().take(count);
        patients.map(|patient| patient.value(cell, &mut self.random)).collect()
    }

    fn parquet(&mut self, path: &str, columns: &[&'static str], rows: usize) -> Outcome {
        let mut named = Vec::with_capacity(columns.len());
        for (header, cell) in columns.iter().filter_map(|column| column.split_once('=')) {
            named.push((header, Values::text(self.cells(cell, rows))));
        }
        self.save(path, table::file(&named)?)
    }

    fn clinical(&mut self) -> Outcome {
        let rows = self.lines(files::PATIENT_ROW, 260);
        self.save("clinical/patients.csv", format!("{}{rows}", files::PATIENT_HEADER))?;
        let encounters = self.lines(files::ENCOUNTER, 420);
        self.save("clinical/encounters.ndjson", encounters)?;
        for month in ["07", "08", "09"] {
            self.parquet(&format!("clinical/claims/claims-2026-{month}.parquet"), files::CLAIM_COLUMNS, 700)?;
        }
        let mut unused = Truth::default();
        for place in 0..12 {
            let template = files::NOTES[place % files::NOTES.len()];
            let note = self.patients[place * 7].fill(template, &mut self.random, &mut unused);
            self.save(&format!("clinical/notes/note-{:04}.txt", 118 + place * 3), note)?;
        }
        Ok(())
    }

    fn left_behind(&mut self) -> Outcome {
        let rows = self.lines(files::EXPORT_ROW, 140);
        self.save("exports/export_2026-10-14.csv", format!("{}{rows}", files::EXPORT_HEADER))?;
        let rows = self.lines(files::FEED_ROW, 260);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::new(6));
        gzip.write_all(format!("{}{rows}", files::FEED_HEADER).as_bytes())?;
        self.save("exports/payer_feed_2026-09.csv.gz", gzip.finish()?)?;
        let rows = self.lines("<<mrn>>,<<dob>>,<<icd>>,<<icd_second>>,<<count>>,<<ratio>>,<<flag>>", 200);
        let header = "mrn,dob,primary_icd10,secondary_icd10,prior_visits,risk_score,readmitted_30d\n";
        self.save("data-science/readmission_features.csv", format!("{header}{rows}"))?;
        let rows = self.lines("<<hash>>,<<age_band>>,<<zip3>>,<<icd>>,<<count>>,<<ratio>>,<<flag>>", 200);
        let header = "study_id,age_band,zip3,primary_icd10,prior_visits,risk_score,readmitted_30d\n";
        self.save("data-science/readmission_features_deidentified.csv", format!("{header}{rows}"))?;
        let shown = self.lines(r#"     "<<flag>>  <<mrn>>  <<dob>>  <<icd>>\n","#, 5);
        self.save("data-science/explore.ipynb", format!("{}{shown}{}", files::NOTEBOOK.0, files::NOTEBOOK.1))?;
        self.parquet("marketing/campaign_audience.parquet", files::AUDIENCE_COLUMNS, 180)?;
        let rows = self.lines("<<email>>,<<visit>>,<<flag>>", 240);
        self.save("marketing/newsletter.csv", format!("email,subscribed_on,opted_out\n{rows}"))
    }

    fn backups(&mut self) -> Outcome {
        let patients = self.lines(files::DUMP_PATIENT, 90).trim_end().replace('\n', ",\n");
        let visits = self.lines(files::DUMP_VISIT, 160).trim_end().replace('\n', ",\n");
        let dump = format!(
            "{{\"dump\":{{\"database\":\"clinic\",\"taken_at\":\"2026-10-09T02:00:11Z\"}},\"tables\":{{\n\"patients\":[\n\
             {patients}\n],\n\"visits\":[\n{visits}\n]}}}}\n"
        );
        self.save("backups/db_dump.json", dump)?;
        let lines = self.lines(files::ENCOUNTER, 260);
        self.save("backups/nightly_2026-10-10.ndjson.zst", zstd::encode_all(lines.as_bytes(), 3)?)
    }

    /// A day of the portal's log; every `leak_every`th line shows a patient, none if it is 0.
    fn log(&mut self, path: &str, day: &str, leak_every: usize) -> Outcome {
        let mut out = String::new();
        let mut unused = Truth::default();
        for line in 0..700usize {
            let second = line * 97;
            let at = format!("{day}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60);
            let patient = &self.patients[line % self.patients.len()];
            let template = match leak_every {
                0 => self.random.pick(files::QUIET_LINES),
                every if line % every == every - 1 => files::LEAKS[line / every % files::LEAKS.len()],
                _ => self.random.pick(files::QUIET_LINES),
            };
            out.push_str(&format!("{at} {}\n", patient.fill(template, &mut self.random, &mut unused)));
        }
        self.save(path, out)
    }

    fn look_alikes(&mut self) -> Outcome {
        let rows = self.lines(
            "INV-2026-<<count>><<count>>,PO-<<epoch>>,<<visit_2026>>,<<order>>,<<count>>,<<amount>>,<<status>>",
            220,
        );
        self.save(
            "finance/invoices_2026-09.csv",
            format!("invoice,purchase_order,issued,order_id,lines,total,status\n{rows}"),
        )?;
        let rows = self.lines("HW-<<count>>-<<count>>,<<hash>>,<<count>>,<<amount>>,<<visit_2026>>", 160);
        self.save("finance/parts_inventory.csv", format!("part_number,batch,on_hand,unit_price,counted_on\n{rows}"))?;
        let rows = self.lines("<<npi>>,<<provider_last>>,<<taxonomy>>,<<clinic>>,<<state>>,207-555-0164", 45);
        let header = "npi,provider_last_name,taxonomy_code,practice,state,front_desk_phone\n";
        self.save("public/providers.csv", format!("{header}{rows}"))
    }

    /// Files that no decoder reads: an archive of binary scans and a recording.
    fn not_examinable(&mut self) -> Outcome {
        let noise: Vec<u8> = (0..12_000).map(|_| self.random.next() as u8).collect();
        self.save("archive/fax_scans_2025.zip", stored_zip("scan-0001.tif", &noise[..6000]))?;
        let mut recording = b"RIFF\x0c\x2f\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00".to_vec();
        recording.extend_from_slice(&noise);
        self.save("archive/voicemail_2026-09-30.wav", recording)
    }
}

/// A zip archive of one member, stored.
fn stored_zip(name: &str, content: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(content);
    let size = (content.len() as u32).to_le_bytes();
    let mut fields = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x5a];
    fields.extend_from_slice(&crc.sum().to_le_bytes());
    fields.extend_from_slice(&size);
    fields.extend_from_slice(&size);
    fields.extend_from_slice(&(name.len() as u16).to_le_bytes());
    fields.extend_from_slice(&[0, 0]);
    let mut zip = b"PK\x03\x04".to_vec();
    zip.extend_from_slice(&fields);
    zip.extend_from_slice(name.as_bytes());
    zip.extend_from_slice(content);
    let directory = zip.len() as u32;
    zip.extend_from_slice(b"PK\x01\x02\x14\x00");
    zip.extend_from_slice(&fields);
    zip.extend_from_slice(&[0; 14]);
    zip.extend_from_slice(name.as_bytes());
    let directory_size = zip.len() as u32 - directory;
    zip.extend_from_slice(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    zip.extend_from_slice(&directory_size.to_le_bytes());
    zip.extend_from_slice(&directory.to_le_bytes());
    zip.extend_from_slice(&[0, 0]);
    zip
}

/// A patient who lives near the clinic.
fn neighbour(random: &mut Random) -> Subject {
    let mut subject = Subject::draw(random);
    subject.person.city = random.pick(files::TOWNS);
    subject.person.phone.replace_range(..3, "207");
    subject
}

/// Writes the lake below `folder`; the same bytes every time.
pub fn write(folder: &Path) -> Outcome {
    let mut random = Random::new(90_210);
    let patients = (0..260).map(|_| neighbour(&mut random)).collect();
    let mut lake = Lake { folder: folder.to_owned(), random, patients };
    lake.clinical()?;
    lake.left_behind()?;
    lake.backups()?;
    lake.log("logs/portal-2026-10-12.log", "2026-10-12", 0)?;
    lake.log("logs/portal-2026-10-13.log", "2026-10-13", 58)?;
    lake.log("logs/worker-2026-10-13.log", "2026-10-13", 0)?;
    lake.look_alikes()?;
    lake.not_examinable()?;
    for (path, content) in STATIC_FILES {
        lake.save(path, content)?;
    }
    lake.save("phinder.toml", PHINDER_TOML)
}
