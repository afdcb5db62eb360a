//! Has a release built again when the web client was: it is embedded then.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // A debug build reads the files as they are when they are asked for.
    if std::env::var("PROFILE").as_deref() == Ok("release") {
        println!("cargo:rerun-if-changed=../../web/dist");
    }
}
