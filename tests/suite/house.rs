//! The plan of the house: which file may import which, and how full a folder may be. Reads the sources, runs nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const ENTRIES_MAX: usize = 20;
/// What handlers have at hand. It may import a few rooms above it, whose caches and counters it holds.
const APP: &str = "crate::web::app";
const APP_ROOMS_MAX: usize = 4;

/// The rooms of `src/web` from the ground up: each may import from those before it and from its own line.
const FLOORS: [&[&str]; 9] = [
    &["http", "transport"],
    &["app"],
    &["visitor"],
    &["page"],
    &["auth", "parameter_types"],
    &["rows"],
    &[
        "people",
        "database",
        "clip",
        "account",
        "server_settings",
        "well_known",
        "audit",
        "running",
        "metrics",
    ],
    &["fuzz", "openapi"],
    &[""],
];

#[test]
fn imports_make_no_circle() {
    let house = House::read();
    let circles = house.circles();
    assert!(
        circles.is_empty(),
        "{} circles of imports:\n{}",
        circles.len(),
        circles.join("\n")
    );
}

#[test]
fn rooms_of_web_import_only_from_those_below() {
    let house = House::read();
    let upward = house.imports.iter().filter(|(from, to)| {
        let floors = floor(from).zip(floor(to));
        floors.is_some_and(|(from, to)| from < to)
    });
    let (by_app, others): (Vec<_>, Vec<_>) = upward.partition(|(from, _)| from == APP);
    assert!(others.is_empty(), "imports that point up: {others:#?}");
    let rooms: BTreeSet<_> = by_app.iter().filter_map(|(_, to)| room(to)).collect();
    assert!(rooms.len() <= APP_ROOMS_MAX, "too many: {by_app:#?}");
}

#[test]
fn no_folder_has_more_than_twenty_entries() {
    let mut full = Vec::new();
    for folder in ["src", "tests/suite", "templates", "static"] {
        visit(&Path::new(ROOT).join(folder), &mut |folder, entries| {
            if entries.len() > ENTRIES_MAX {
                full.push(format!("{}: {}", folder.display(), entries.len()));
            }
        });
    }
    assert!(full.is_empty(), "{full:#?}");
}

/// All modules that are files, by path: `crate::web::app`.
struct House {
    modules: BTreeMap<String, Module>,
    /// From which to which.
    imports: BTreeSet<(String, String)>,
}

struct Module {
    /// `use` without `pub`, as full paths that may lead to something else than a module of ours.
    imports: Vec<Vec<String>>,
    /// `pub use`: the name here, and what stands behind it.
    exports: Vec<(String, Vec<String>)>,
    /// Declares and re-exports, and has no code of its own.
    is_face: bool,
}

impl House {
    fn read() -> Self {
        let source = Path::new(ROOT).join("src");
        let mut modules = BTreeMap::new();
        visit(&source, &mut |_, entries| {
            for file in entries.iter().filter(|entry| is_code(entry)) {
                let path = module_path(file.strip_prefix(&source).unwrap());
                let module = Module::read(&path, &fs::read_to_string(file).unwrap());
                modules.insert(path, module);
            }
        });
        let mut house = Self {
            modules,
            imports: BTreeSet::new(),
        };
        house.imports = house.imports_between_files();
        assert!(house.imports.len() > 500, "{}", house.imports.len());
        house
    }

    fn imports_between_files(&self) -> BTreeSet<(String, String)> {
        let modules = self.modules.iter();
        let imports = modules.flat_map(|(from, module)| {
            let files = module.imports.iter().filter_map(|path| self.file(path, 0));
            files.map(|to| (from.clone(), to))
        });
        imports.filter(|(from, to)| from != to).collect()
    }

    /// The module in whose file the end of the path is defined. None for paths that are not ours, and for modules that
    /// only re-export.
    fn file(&self, path: &[String], hops: usize) -> Option<String> {
        let mut at = path.first().filter(|start| *start == "crate")?.clone();
        for (number, name) in path.iter().enumerate().skip(1) {
            let child = format!("{at}::{name}");
            if self.modules.contains_key(&child) {
                at = child;
                continue;
            }
            let exports = &self.modules[&at].exports;
            let export = exports.iter().find(|(known, _)| known == name);
            if let Some((_, behind)) = export.filter(|_| hops < 9) {
                let whole: Vec<_> = behind.iter().chain(&path[number + 1..]).cloned().collect();
                return self.file(&whole, hops + 1);
            }
            break;
        }
        (!self.modules[&at].is_face).then_some(at)
    }

    /// Each set of files that import each other in a circle, with the imports among them.
    fn circles(&self) -> Vec<String> {
        let mut imports: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (from, to) in self.imports.iter().filter(|(from, to)| counts(from, to)) {
            imports.entry(from).or_default().push(to);
        }
        let starts = imports.keys();
        let reach: BTreeMap<_, _> = starts
            .map(|start| (*start, reachable(&imports, start)))
            .collect();
        let mut circles: BTreeSet<BTreeSet<&str>> = BTreeSet::new();
        for (start, reached) in &reach {
            let leads_back = |other: &&&str| reach.get(**other).is_some_and(|r| r.contains(start));
            circles.insert(reached.iter().filter(leads_back).copied().collect());
        }
        circles.remove(&BTreeSet::new());
        let circles = circles.into_iter().map(|circle| {
            let within = circle.iter().flat_map(|from| {
                let targets = imports[from].iter().filter(|to| circle.contains(*to));
                targets.map(move |to| format!("\n    {from} -> {to}"))
            });
            format!("{} files{}", circle.len(), within.collect::<String>())
        });
        circles.collect()
    }
}

/// A module may import the one that it is a part of, and `app.rs` what it holds for handlers.
fn counts(from: &str, to: &str) -> bool {
    let is_whole = from
        .strip_prefix(to)
        .is_some_and(|rest| rest.starts_with("::"));
    !is_whole && from != APP
}

fn reachable<'a>(imports: &BTreeMap<&'a str, Vec<&'a str>>, start: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = imports[start].clone();
    while let Some(at) = open.pop() {
        if reached.insert(at) {
            open.extend(imports.get(at).into_iter().flatten());
        }
    }
    reached
}

impl Module {
    fn read(path: &str, text: &str) -> Self {
        let mut module = Self {
            imports: Vec::new(),
            exports: Vec::new(),
            is_face: true,
        };
        let code = text.lines().filter(|line| !line.trim().starts_with("//"));
        let code = code.collect::<Vec<_>>().join("\n");
        let children = children(&code);
        let mut is_for_tests = false;
        for item in items(&code) {
            let words = without_visibility(item);
            let is_public = words.len() != item.len();
            if let Some(tree) = words.strip_prefix("use ") {
                for (name, names) in leaves(tree.trim_end_matches(';')) {
                    let whole = absolute(path, &names, &children);
                    match is_public {
                        true => module.exports.push((name, whole)),
                        false if is_for_tests => {}
                        false => module.imports.push(whole),
                    }
                }
            } else if !words.starts_with("mod ") && !words.starts_with("#[") {
                module.is_face = false;
            }
            is_for_tests = item.starts_with("#[cfg(test)]");
        }
        module
    }
}

/// Whole `use` declarations, and every other line that is not indented. Rustfmt indents everything that is nested.
fn items(code: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let mut rest = code;
    while !rest.is_empty() {
        let is_use = without_visibility(rest).starts_with("use ");
        let end = if is_use { ";\n" } else { "\n" };
        let length = rest.find(end).map_or(rest.len(), |at| at + end.len());
        let (item, after) = rest.split_at(length);
        if !item.trim().is_empty() && !item.starts_with(char::is_whitespace) {
            items.push(item.trim_end());
        }
        rest = after;
    }
    items
}

/// The modules that this file declares.
fn children(code: &str) -> BTreeSet<String> {
    let lines = code.lines().map(without_visibility);
    let names = lines.filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    names.map(str::to_owned).collect()
}

/// `pub(crate) use a;` → `use a;`
fn without_visibility(item: &str) -> &str {
    let rest = item
        .strip_prefix("pub(")
        .and_then(|rest| rest.split_once(") "));
    match rest {
        Some((_, rest)) => rest,
        None => item.strip_prefix("pub ").unwrap_or(item),
    }
}

/// `a::{b, c::D as E}` → `b` for a, b; `E` for a, c, D.
fn leaves(tree: &str) -> Vec<(String, Vec<String>)> {
    let tree = tree.trim();
    let Some((path, branches)) = tree.split_once('{') else {
        let (path, name) = tree.split_once(" as ").unwrap_or((tree, ""));
        let mut names: Vec<_> = path
            .split("::")
            .map(|name| name.trim().to_owned())
            .collect();
        if names.len() > 1 {
            names.retain(|name| name != "self");
        }
        let last = names.last().cloned().unwrap_or_default();
        return vec![(
            if name.is_empty() {
                last
            } else {
                name.to_owned()
            },
            names,
        )];
    };
    let branches = branches.trim_end().strip_suffix('}').unwrap();
    let branches = branches_of(branches).into_iter();
    branches
        .flat_map(|branch| leaves(&format!("{path}{branch}")))
        .collect()
}

/// Splits at the commas outside of braces.
fn branches_of(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let commas = |character| {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        character == ',' && depth == 0
    };
    let branches = text.split(commas).map(str::trim);
    branches.filter(|branch| !branch.is_empty()).collect()
}

/// From `crate` on; other paths start with the name of a package.
fn absolute(module: &str, names: &[String], children: &BTreeSet<String>) -> Vec<String> {
    let mut start: Vec<String> = module.split("::").map(str::to_owned).collect();
    let first = names.first().map_or("", String::as_str);
    if first != "super" && first != "self" && !children.contains(first) {
        return names.to_vec();
    }
    let mut rest = names;
    while let [name, after @ ..] = rest {
        match name.as_str() {
            "self" => {}
            "super" => drop(start.pop()),
            _ => break,
        }
        rest = after;
    }
    start.extend_from_slice(rest);
    start
}

/// `web/app.rs` → `crate::web::app`
fn module_path(file: &Path) -> String {
    let path = file.with_extension("");
    let names = path.iter().map(|name| name.to_str().unwrap());
    let names = names.filter(|name| !["mod", "lib", "main"].contains(name));
    let names: Vec<_> = std::iter::once("crate").chain(names).collect();
    names.join("::")
}

/// A room's unit tests may import what they like, and `main.rs` imports the library from outside.
fn is_code(file: &Path) -> bool {
    let file = file.strip_prefix(ROOT).unwrap();
    let is_test = file
        .iter()
        .any(|name| name == "tests" || name == "tests.rs");
    file.extension().is_some_and(|extension| extension == "rs")
        && !is_test
        && !file.ends_with("main.rs")
}

/// The floor of a module of `web`.
fn room(module: &str) -> Option<&str> {
    let room = module.strip_prefix("crate::web")?;
    room.trim_start_matches("::").split("::").next()
}

fn floor(module: &str) -> Option<usize> {
    let room = room(module)?;
    let floor = FLOORS.iter().position(|floor| floor.contains(&room));
    Some(floor.unwrap_or_else(|| panic!("{module} is on no floor")))
}

/// Every folder with its entries, except what is installed or built.
fn visit(folder: &Path, see: &mut impl FnMut(&Path, &[PathBuf])) {
    let entries = fs::read_dir(folder).unwrap();
    let mut entries: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    entries.retain(|entry| !entry.ends_with("node_modules") && !entry.ends_with("static/built"));
    entries.sort();
    see(folder, &entries);
    for entry in entries.iter().filter(|entry| entry.is_dir()) {
        visit(entry, see);
    }
}
