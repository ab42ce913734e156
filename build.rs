//! Tells cargo which folders are part of the program.

fn main() {
    for folder in ["demo", "locales", "migrations", "runbooks", "static"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
