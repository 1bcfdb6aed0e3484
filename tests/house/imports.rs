//! What the modules of each crate import of each other, read from their sources: no circle in any crate, and in those
//! that have layers only from below, so that each module can be understood from those that it stands on. A re-export is
//! an import like any other, and so is a path that is named on the spot.

pub(crate) mod source;

use std::collections::{BTreeMap, BTreeSet};

use crate::{crates::folders, read, sources_below};

/// Layers, topmost first, each with the parts that it consists of. A part imports from itself and from the layers below
/// its own. The root is the part without a name.
type Layers = &'static [&'static [&'static [&'static str]]];

/// The crates that have layers: where their sources are, how deep the parts are, and the layers.
const LAYERED: &[(&str, usize, Layers)] = &[
    (
        "access/src",
        0,
        &[
            &[&[""]],
            &[&["approval"], &["explain"]],
            &[&["token"]],
            &[&["cedar"], &["decide"], &["lint"]],
            &[&["table"]],
            &[&["jwt"], &["quota"]],
            &[&["binding"], &["caller"], &["rate"]],
            &[&["role"], &["principal"], &["reach"], &["sources"]],
            &[&["action"]],
            &[&["hash"], &["limits"], &["penalty"]],
        ],
    ),
    (
        "compliance/src",
        0,
        &[
            &[&[""]],
            &[&["survey"]],
            &[&["reports"]],
            &[&["frameworks"]],
            &[&["projections"]],
            &[&["conventions"], &["gate"], &["number"], &["time"]],
            &[&["canonical"]],
        ],
    ),
    (
        "governance/src",
        0,
        &[
            &[&[""]],
            &[&["artifact"], &["explain"], &["replay"]],
            &[&["evaluate"], &["state"]],
            &[&["drift"]],
            &[&["record"]],
            &[&["policy"], &["redact"]],
            &[&["claim"]],
            &[&["request"]],
            &[&["expression"], &["schema"], &["yaml"]],
            &[&["pattern"], &["json"], &["money"]],
            &[&["day"], &["digest"], &["number"], &["real"]],
            &[&["limits"], &["semantics"]],
        ],
    ),
    (
        "interchange/src",
        0,
        &[
            &[&[""]],
            &[&["outgoing"]],
            &[&["import"]],
            &[&["envelope"], &["hex"], &["producer"]],
        ],
    ),
    (
        "ledger/src",
        0,
        &[
            &[&[""]],
            &[&["engine", "handle", "startup", "status"]],
            &[&["operations"]],
            &[&["core"]],
            &[&["check"], &["follow"]],
            &[&["read"], &["write"]],
            &[&["keys"]],
            &[&["state"]],
        ],
    ),
    (
        "src",
        1,
        &[
            &[&[""]],
            &[&["governance"], &["retention"]],
            &[
                &["access"],
                &["backup"],
                &["compliance"],
                &["context"],
                &["daemon"],
                &["import"],
                &["keys"],
            ],
            &[&["approvals"], &["privacy"]],
            &[&["events"], &["evidence"]],
            &[&["session"]],
            &[&["connection"], &["ui"]],
            &[&["about"], &["contexts"]],
            &[&["error", "exit", "failed"]],
        ],
    ),
];

/// A module, as its path below the root: empty for the root itself.
pub(crate) type Module = Vec<String>;

/// What each module imports.
type Imports = BTreeMap<Module, BTreeSet<Module>>;

#[test]
fn no_module_imports_itself_by_way_of_others() {
    let (mut modules, mut arrows) = (0, 0);
    let mut found = BTreeMap::new();
    for folder in folders() {
        let imports = imports(&sources(&folder));
        modules += imports.len();
        arrows += imports.values().map(BTreeSet::len).sum::<usize>();
        for (module, imported) in circles(&imports) {
            let imported: Vec<_> = imported.iter().map(|module| module.join("/")).collect();
            found.insert(
                format!("{folder}: {}", module.join("/")),
                imported.join(", "),
            );
        }
    }
    assert!(
        modules > 400 && arrows > 1_500,
        "the sources are not read as they should be: {modules} modules, {arrows} imports"
    );
    assert!(found.is_empty(), "import circles: {found:#?}");
}

#[test]
fn imports_come_from_below() {
    let mut upward = Vec::new();
    for (folder, depth, layers) in LAYERED {
        for (module, imported) in imports(&sources(folder)) {
            for imported in imported {
                let place = |module: &Module| place(layers, module.get(*depth));
                let (from, to) = (place(&module), place(&imported));
                if from != to && from.0 >= to.0 {
                    let (module, imported) = (module.join("/"), imported.join("/"));
                    upward.push(format!("{folder}: {module} imports {imported}"));
                }
            }
        }
    }
    assert!(upward.is_empty(), "upward imports: {upward:#?}");
}

/// The layer of a part, and its place in that.
fn place(layers: Layers, name: Option<&String>) -> (usize, usize) {
    let name = name.map_or("", String::as_str);
    let part = |layer: &&[&[&str]]| layer.iter().position(|part| part.contains(&name));
    let found = (0..)
        .zip(layers)
        .find_map(|(at, layer)| Some((at, part(layer)?)));
    found.unwrap_or_else(|| panic!("{name} has no place among the layers"))
}

#[test]
fn a_circle_through_a_re_export_is_found() {
    let sources = |upper: &str| {
        [
            ("", "mod a;\npub use a::{Tree, leaf::Leaf as Last};"),
            ("a", "mod leaf;\npub(crate) use leaf::Leaf;"),
            ("a/leaf", upper),
            ("b", "fn tree() -> super::a::Tree { todo!() }"),
        ]
        .map(|(path, source)| (module(path), source.to_owned()))
        .into()
    };
    let harmless = "use std::fmt;\n#[cfg(test)]\nmod tests {\n    use super::super::Leaf;\n}\n";
    assert!(circles(&imports(&sources(harmless))).is_empty());
    let found = circles(&imports(&sources("use crate::{Last,\n    b};")));
    let names: Vec<_> = found.keys().map(|module| module.join("/")).collect();
    assert_eq!(names, ["", "a", "a/leaf", "b"]);
}

#[test]
fn a_circle_through_a_path_on_the_spot_is_found() {
    let sources = |lower: &str| {
        [("", "mod a;\nfn run() { a::run() }"), ("a", lower)]
            .map(|(path, source)| (module(path), source.to_owned()))
            .into()
    };
    assert!(circles(&imports(&sources("fn run() { std::process::abort() }"))).is_empty());
    assert!(!circles(&imports(&sources("fn run() { super::run() }"))).is_empty());
}

/// The imports that lie on circles: a module imports another, and that one the first again, maybe by way of others.
fn circles(imports: &Imports) -> Imports {
    let mut circles = Imports::new();
    for (module, imported) in imports {
        let back = |other: &&Module| reachable(imports, other).contains(module);
        let on_circles: BTreeSet<_> = imported.iter().filter(back).cloned().collect();
        if !on_circles.is_empty() {
            circles.insert(module.clone(), on_circles);
        }
    }
    circles
}

/// The modules that a module imports, directly or by way of others.
fn reachable<'a>(imports: &'a Imports, from: &Module) -> BTreeSet<&'a Module> {
    let mut found = BTreeSet::new();
    let mut next: Vec<_> = imports.get(from).into_iter().flatten().collect();
    while let Some(module) = next.pop() {
        if found.insert(module) {
            next.extend(imports.get(module).into_iter().flatten());
        }
    }
    found
}

fn module(path: &str) -> Module {
    path.split('/')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The source of every module of a crate but those of tests. Of a crate that is a library and a program, the library.
pub(crate) fn sources(folder: &str) -> BTreeMap<Module, String> {
    let mut files = sources_below(folder);
    let library = format!("{folder}/lib.rs");
    if files.contains(&library) {
        files.retain(|path| *path != format!("{folder}/main.rs"));
    }
    let mut sources = BTreeMap::new();
    for path in files {
        let below = path[folder.len()..].trim_end_matches(".rs");
        let mut place = module(below);
        if place
            .iter()
            .any(|name| name == "tests" || name.ends_with("_tests"))
        {
            continue;
        }
        if matches!(
            place.last().map(String::as_str),
            Some("mod" | "lib" | "main")
        ) {
            place.pop();
        }
        sources.insert(place, read(&path));
    }
    sources
}

fn imports(sources: &BTreeMap<Module, String>) -> Imports {
    let of = |(module, text): (&Module, &String)| {
        let paths = source::paths(text);
        let own = paths.first_names.iter().filter_map(|name| {
            let child = [module.as_slice(), std::slice::from_ref(name)].concat();
            sources.contains_key(&child).then_some(child)
        });
        let imported = paths.imported.iter();
        let imported = imported.filter_map(|path| resolve(sources, module, path));
        let all = own.chain(imported).filter(|imported| imported != module);
        (module.clone(), all.collect())
    };
    sources.iter().map(of).collect()
}

/// The module that a path leads to, if it is one of the crate's own.
fn resolve(sources: &BTreeMap<Module, String>, from: &Module, path: &str) -> Option<Module> {
    let mut names: Vec<_> = path.split("::").map(str::trim).collect();
    let mut place = from.clone();
    if names.first() == Some(&"crate") {
        names.remove(0);
        place.clear();
    } else if !matches!(names.first(), Some(&"super" | &"self")) {
        // Otherwise it is another crate's.
        let child = [from.as_slice(), &[(*names.first()?).to_owned()]].concat();
        sources.get(&child)?;
    }
    for name in names {
        match name {
            "self" => {}
            "super" => drop(place.pop()),
            name => {
                place.push(name.to_owned());
                if !sources.contains_key(&place) {
                    place.pop();
                    break;
                }
            }
        }
    }
    Some(place)
}
