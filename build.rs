//! Embeds the detectors: every `detectors/<folder>/*.toml` becomes one entry of a table, every list of terms
//! (`detectors/terms/*.txt`) one of another. What stands beside the folders is data of another kind.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets the manifest directory"));
    let folder = root.join("detectors");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    collect(&folder, "toml", &mut files);
    // Tables that stand beside the folders of detectors are none.
    files.retain(|file| file.parent() != Some(folder.as_path()));
    files.sort();
    let mut table =
        String::from("/// File and text of each built-in detector.\nconst BUILT_IN: &[(&str, &str)] = &[\n");
    for file in files {
        let name = file.strip_prefix(&root).expect("it lies under the root").display().to_string();
        println!("cargo::rerun-if-changed={}", file.display());
        writeln!(table, "    ({name:?}, include_str!({:?})),", file.display().to_string()).expect("a string grows");
    }
    table.push_str("];\n");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets the output directory"));
    fs::write(out.join("built_in_detectors.rs"), table).expect("the output directory is writable");
    fs::write(out.join("term_lists.rs"), term_lists(&folder.join("terms"))).expect("the output directory is writable");
}

/// The table of the lists of terms: name and text of each.
fn term_lists(folder: &Path) -> String {
    let mut files = Vec::new();
    collect(folder, "txt", &mut files);
    files.sort();
    let mut table = String::from("/// Name and text of each list of terms.\nconst TERM_LISTS: &[(&str, &str)] = &[\n");
    for file in files {
        let name = file.file_stem().expect("a file has a name").display().to_string();
        println!("cargo::rerun-if-changed={}", file.display());
        writeln!(table, "    ({name:?}, include_str!({:?})),", file.display().to_string()).expect("a string grows");
    }
    table.push_str("];\n");
    table
}

fn collect(folder: &Path, ending: &str, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder of detectors is readable") {
        let path = entry.expect("an entry of it is readable").path();
        if path.is_dir() {
            collect(&path, ending, files);
        } else if path.extension().is_some_and(|extension| extension == ending) {
            files.push(path);
        }
    }
}
