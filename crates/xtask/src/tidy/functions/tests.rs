//! Functions of each language, found with their length.

use super::super::mask;
use super::*;

fn found(language: Language, text: &str) -> Vec<(usize, String, usize)> {
    let masked = match language {
        Language::Rust => mask::rust(text),
        Language::Python => mask::python(text),
        _ => mask::script(text),
    };
    find(language, &masked).into_iter().map(|f| (f.line, f.name, f.lines)).collect()
}

#[test]
fn rust_bodies_end_at_their_own_brace() {
    let text = r#"
fn short() -> [u8; 2] { [b'{', b'"'] }
pub(crate) async fn long<'a>(
    it: &'a str,
) -> Option<&'a str>
where
    Self: Sized,
{
    let text = "}";
    // }
    it.strip_prefix('}')
}
trait Door { fn open(&self); fn shut(&self) {} }
type Call = fn(u8) -> u8;
"#;
    let names = found(Language::Rust, text);
    let expected = [(2, "short", 1), (3, "long", 10), (13, "shut", 1)];
    assert_eq!(names, expected.map(|(line, name, lines)| (line, name.to_owned(), lines)));
}

#[test]
fn scripts_have_functions_methods_and_arrows() {
    let text = "\
export async function* one(a: { b: number }): Promise<void> {
  if (a) {
    two();
  }
}
class Room {
  static async open(id = { a: 1 }): Promise<Room> {
    return call(`}${() => {
    }}`);
  }
}
export const apply = (state) => {
  return /[}/]/.test(state);
};
describe('rooms', () => {
  it('opens', async () => {
  });
});
";
    let names = found(Language::Script, text);
    let expected = [(1, "one", 5), (7, "open", 4), (8, "call", 2), (12, "apply", 3), (16, "it", 2)];
    assert_eq!(names, expected.map(|(line, name, lines)| (line, name.to_owned(), lines)));
}

#[test]
fn python_bodies_end_where_the_indentation_does() {
    let text = "\
async def one(
    a,
):
    text = '''
def not_this():
'''
    return a


class Room:
    def two(self): return 1

    def three(self):
        def four():
            pass

        return four
";
    let names = found(Language::Python, text);
    let expected = [(1, "one", 7), (11, "two", 1), (13, "three", 5), (14, "four", 2)];
    assert_eq!(names, expected.map(|(line, name, lines)| (line, name.to_owned(), lines)));
}

#[test]
fn a_function_of_71_lines_is_a_breach_and_one_of_70_is_not() {
    let of = |lines: usize| format!("//! Words.\nfn long() {{\n{}}}\n", "    call();\n".repeat(lines - 2));
    let breaches = |text: &str| {
        let mut breaches = Vec::new();
        check(&Source::new("crates/hub/src/long.rs", text), &mut breaches);
        breaches
    };
    assert_eq!(breaches(&of(MOST)), []);
    let breach = &breaches(&of(MOST + 1))[0];
    assert_eq!((breach.line, breach.what.starts_with("`long` has 71 lines")), (2, true));
}
