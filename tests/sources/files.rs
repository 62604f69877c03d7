//! Files: targets, links, special files, and files that change while they are read.

use super::*;
use std::path::Path;
use std::time::SystemTime;

/// A directory of its own for each test, with what the tests put into it.
struct Tree(tempfile::TempDir);

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        Self(directory)
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn open(&self, name: &str, options: &SourceOptions) -> Opened {
        Opened::new(self.path(name).to_str().unwrap(), options)
    }

    /// The overview with names below the directory.
    fn overview(&self, name: &str, options: &SourceOptions) -> Vec<(String, String)> {
        let root = format!("file://{}/", self.0.path().display());
        let overview = self.open(name, options).overview();
        overview.into_iter().map(|(name, what)| (name.strip_prefix(&root).unwrap_or(&name).to_owned(), what)).collect()
    }
}

#[test]
fn a_single_file_is_a_target() {
    let tree = Tree::new(&[("a.csv", "x"), ("b[1].csv", "y")]);
    let options = SourceOptions::default();
    assert_eq!(pairs(&tree.overview("a.csv", &options)), [("a.csv", "object")]);
    assert_eq!(pairs(&tree.overview("b[1].csv", &options)), [("b[1].csv", "object")], "an existing name is no glob");
    let excluded = SourceOptions { exclude: vec!["a.*".into()], ..options };
    assert_eq!(pairs(&tree.overview("a.csv", &excluded)), [("a.csv", "skipped excluded")]);
}

#[test]
fn globs_as_targets_match_as_in_a_shell() {
    let tree = Tree::new(&[("a.csv", ""), ("b.txt", ""), ("d/a.csv", ""), ("d/e/a.csv", ""), ("d/e/f/g.csv", "")]);
    let names = |glob: &str| -> Vec<String> {
        tree.overview(glob, &SourceOptions::default()).into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(names("*.csv"), ["a.csv"]);
    assert_eq!(names("*/*.csv"), ["d/a.csv"]);
    assert_eq!(names("**/a.csv"), ["a.csv", "d/a.csv", "d/e/a.csv"]);
    assert_eq!(names("d/{e,x}/*"), ["d/e/a.csv"]);
    assert_eq!(names("?.t[x]t"), ["b.txt"]);
    assert_eq!(tree.overview("nothing*", &SourceOptions::default())[0].1, "failed nothing_listed");
    let accepting = SourceOptions { accepts_empty: true, ..SourceOptions::default() };
    assert_eq!(tree.overview("nothing*", &accepting), vec![]);
    std::os::unix::fs::symlink("nowhere", tree.path("lock")).unwrap();
    assert_eq!(names("*.csv"), ["a.csv"], "a dangling link of another name is outside the target");
    assert_eq!(names("loc*"), ["lock"]);
    let scope = tree.open("d/**/*.csv", &SourceOptions::default()).source.scope();
    assert_eq!(scope, format!("file://{}/**/*.csv", tree.path("d").display()));
}

#[test]
fn limits_are_applied_to_the_listing() {
    let tree = Tree::new(&[("a.log", "12345"), ("b.csv", "1"), ("c.csv", "123"), ("d.csv", "12345")]);
    let old = std::fs::File::options().write(true).open(tree.path("c.csv")).unwrap();
    old.set_modified(SystemTime::now() - Duration::from_secs(1_000)).unwrap();
    let options = SourceOptions {
        include: vec!["*.csv".into()],
        min_size_bytes: Some(2),
        max_size_bytes: Some(4),
        modified_after: Some(SystemTime::now() - Duration::from_secs(500)),
        ..SourceOptions::default()
    };
    let expected = [
        ("a.log", "skipped excluded"),
        ("b.csv", "skipped under_size_limit"),
        ("c.csv", "skipped outside_time_limit"),
        ("d.csv", "skipped over_size_limit"),
    ];
    assert_eq!(pairs(&tree.overview("", &options)), expected);
}

#[test]
fn links_are_followed_and_loops_are_not() {
    let tree = Tree::new(&[("real/a.csv", "linked"), ("real/deep/b.csv", "")]);
    let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, tree.path(name)).unwrap();
    link("real/a.csv", "file-link");
    link("real", "tree-link");
    link("../..", "real/deep/up");
    link("nowhere", "dangling");
    link("self", "self");
    let overview = tree.overview("", &SourceOptions::default());
    let expected = [
        ("dangling", "failed dangling_link"),
        ("file-link", "object"),
        ("real/a.csv", "object"),
        ("real/deep/b.csv", "object"),
        ("real/deep/up", "skipped link_loop"),
        ("self", "failed link_loop"),
        ("tree-link/a.csv", "object"),
        ("tree-link/deep/b.csv", "object"),
        ("tree-link/deep/up", "skipped link_loop"),
    ];
    assert_eq!(pairs(&overview), expected);
    let opened = tree.open("", &SourceOptions::default());
    let linked = opened.objects().into_iter().find(|object| object.location.name() == "file-link").unwrap();
    assert_eq!(opened.read(&linked).unwrap(), b"linked");
}

#[test]
fn directories_that_link_to_each_other_end() {
    let tree = Tree::new(&[]);
    let names: Vec<String> = (0..12).map(|number| format!("d{number:02}")).collect();
    for from in &names {
        std::fs::create_dir(tree.path(from)).unwrap();
        std::fs::write(tree.path(from).join("file"), "x").unwrap();
        for to in &names {
            std::os::unix::fs::symlink(tree.path(to), tree.path(from).join(to)).unwrap();
        }
    }
    let overview = tree.overview("", &SourceOptions::default());
    assert!(overview.len() < 5_000, "{} entries", overview.len());
    let plain = overview.iter().filter(|(name, what)| name.matches('/').count() == 1 && what == "object");
    assert_eq!(plain.count(), 12);
}

#[test]
fn what_is_no_regular_file_is_not_opened() {
    let tree = Tree::new(&[("a", "1")]);
    let made = std::process::Command::new("mkfifo").arg(tree.path("fifo")).status().unwrap();
    assert!(made.success());
    let _socket = std::os::unix::net::UnixListener::bind(tree.path("socket")).unwrap();
    let options = SourceOptions::default();
    let expected = [("a", "object"), ("fifo", "skipped special_file"), ("socket", "skipped special_file")];
    assert_eq!(pairs(&tree.overview("", &options)), expected);
    assert_eq!(pairs(&tree.overview("fifo", &options)), [("fifo", "skipped special_file")]);
    // One that takes the place of a file between listing and opening does not hang the scan.
    let opened = tree.open("a", &options);
    let object = opened.objects().remove(0);
    std::fs::rename(tree.path("fifo"), tree.path("a")).unwrap();
    assert_eq!(opened.open(&object).err().unwrap().reason, Reason::SpecialFile);
    std::fs::remove_file(tree.path("a")).unwrap();
    assert_eq!(opened.open(&object).err().unwrap().reason, Reason::NotFound);
    assert_eq!(pairs(&Opened::new("/dev/null", &options).overview()), [("file:///dev/null", "skipped special_file")]);
}

#[test]
fn files_that_change_while_they_are_read_say_so() {
    let tree = Tree::new(&[]);
    let content = pattern(3 << 20);
    type Change = fn(&Path);
    let changes: [(&str, Change, usize); 3] = [
        ("appended", |path| append(path, b"more"), 3 << 20),
        (
            "truncated",
            |path| std::fs::File::options().write(true).open(path).unwrap().set_len(1 << 20).unwrap(),
            1 << 20,
        ),
        ("touched", |path| set_modified(path, 100), 3 << 20),
    ];
    for (name, change, expected) in changes {
        std::fs::write(tree.path(name), &content).unwrap();
        set_modified(&tree.path(name), 50);
        let opened = tree.open(name, &SourceOptions::default());
        let mut opened_content = opened.open(&opened.objects()[0]).unwrap();
        let first = opened_content.stream.next_chunk().unwrap().unwrap();
        let access = opened_content.random_access.clone().unwrap();
        change(&tree.path(name));
        let (rest, end) = drain(opened_content);
        let end = end.unwrap_err();
        assert_eq!(end.reason, Reason::Changed, "{name}");
        assert!(!end.to_string().contains(name), "errors do not name the file");
        assert_same_bytes(&[&first[..], &rest].concat(), &content[..expected]);
        assert_eq!(access.read(0..10).unwrap_err().reason, Reason::Changed);
    }
}

fn append(path: &Path, bytes: &[u8]) {
    use std::io::Write;
    std::fs::File::options().append(true).open(path).unwrap().write_all(bytes).unwrap();
}

fn set_modified(path: &Path, seconds_ago: u64) {
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(seconds_ago)).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn files_that_pretend_to_be_empty_are_read() {
    let opened = Opened::new("/proc/self/status", &SourceOptions::default());
    let object = opened.objects().remove(0);
    assert_eq!(object.size_bytes, Some(0));
    assert!(opened.read(&object).unwrap().starts_with(b"Name:"));
}

#[test]
fn a_large_tree_is_listed_lazily() {
    let tree = Tree::new(&[]);
    for number in 0..3_000 {
        std::fs::write(tree.path(&format!("{number:05}")), "x").unwrap();
    }
    let opened = tree.open("", &SourceOptions::default());
    assert_eq!(opened.list().len(), 3_000);
    // Listing stops where its consumer does: dropping it half way leaves no thread behind that would block the end.
    let first = opened.runtime.block_on(opened.source.list().take(10).collect::<Vec<_>>());
    assert_eq!(first.len(), 10);
}

#[test]
fn targets_that_make_no_sense_are_errors() {
    let message = |target: &str| Opened::try_new(target, &SourceOptions::default()).err().unwrap().to_string();
    assert!(message("/no/such/path").starts_with("no such file or directory"));
    assert!(message("gs://bucket/key").contains("unknown scheme"));
    assert!(message("file://relative").contains("absolute path"));
    assert!(message("s3:///key").contains("no bucket"));
    assert!(message("s3://buck*t/key").contains("named in full"));
    let options = SourceOptions { include: vec!["{".into()], ..SourceOptions::default() };
    assert!(Opened::try_new("/", &options).err().unwrap().to_string().contains("invalid glob"));
}

#[test]
fn standard_input_is_one_object() {
    let opened = Opened::new("-", &SourceOptions::default());
    assert_eq!(pairs(&opened.overview()), [("stdin://-", "object")]);
    assert_eq!(opened.source.scope(), "stdin://-");
}
