//! The generated contract: `web/contract/openapi.json` as the program prints it, and the TypeScript made from it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const DOCUMENT: &str = "web/contract/openapi.json";
const TYPES: &str = "web/src/contract";

/// Writes the document and has `npm run contract` write the types.
pub fn write(root: &Path) -> Result<String, String> {
    let file = root.join(DOCUMENT);
    let folder = file.parent().unwrap_or(root);
    std::fs::create_dir_all(folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
    std::fs::write(&file, document(root)?).map_err(|e| format!("cannot write {}: {e}", file.display()))?;
    types(root)?;
    Ok(format!("contract: wrote {DOCUMENT} and {TYPES}"))
}

/// Fails if the committed contract is not what `write` would make; leaves the files as they were.
pub fn check(root: &Path) -> Result<String, String> {
    let advice = "run `make contract` and commit what it writes";
    let committed = std::fs::read_to_string(root.join(DOCUMENT)).unwrap_or_default();
    if committed != document(root)? {
        return Err(format!("{DOCUMENT}:1: differs from what `parlour openapi` prints; {advice}"));
    }
    let before = files(&root.join(TYPES))?;
    types(root)?;
    let after = files(&root.join(TYPES))?;
    if before == after {
        return Ok(format!("contract: {DOCUMENT} and {TYPES} are up to date"));
    }
    restore(&before, &after)?;
    Err(format!("{TYPES}: differs from what `npm run contract` makes of {DOCUMENT}; {advice}"))
}

/// What `parlour openapi` prints: from `PARLOUR_BIN` if that names the built program, else by way of cargo.
fn document(root: &Path) -> Result<String, String> {
    let mut command = match std::env::var_os("PARLOUR_BIN") {
        Some(program) => Command::new(program),
        None => {
            let mut cargo = Command::new("cargo");
            cargo.args(["run", "--quiet", "-p", "server", "--bin", "parlour", "--"]);
            cargo
        }
    };
    let output = command.arg("openapi").current_dir(root).output();
    let output = output.map_err(|e| format!("cannot start `parlour openapi`: {e}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`parlour openapi` ended with {}:\n{said}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| "`parlour openapi` printed something that is not UTF-8".to_owned())
}

fn types(root: &Path) -> Result<(), String> {
    let output = Command::new("npm").args(["run", "--silent", "contract"]).current_dir(root.join("web")).output();
    let output = output.map_err(|e| format!("cannot start `npm run contract` in web/: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("`npm run contract` in web/ ended with {}:\n{said}", output.status))
}

type Files = BTreeMap<PathBuf, Vec<u8>>;

fn files(folder: &Path) -> Result<Files, String> {
    let mut found = Files::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.map_err(|e| format!("cannot list {}: {e}", folder.display()))?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
                found.insert(path, bytes);
            }
        }
    }
    Ok(found)
}

fn restore(before: &Files, after: &Files) -> Result<(), String> {
    for path in after.keys().filter(|path| !before.contains_key(*path)) {
        std::fs::remove_file(path).map_err(|e| format!("cannot remove {}: {e}", path.display()))?;
    }
    for (path, bytes) in before.iter().filter(|(path, bytes)| after.get(*path) != Some(*bytes)) {
        std::fs::write(path, bytes).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
    }
    Ok(())
}
