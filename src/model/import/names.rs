//! What each tensor of a ggml Whisper model is called, and which CTranslate2 array it comes from.

/// A tensor to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tensor {
    /// Name in the ggml file.
    pub(super) name: String,
    /// Name of the array.
    pub(super) array: String,
    /// Which of the equal blocks of rows that the array stacks, and how many it stacks.
    pub(super) part: (usize, usize),
    /// Whether it is a matrix, kept in half precision. Vectors, position tables and biases are kept in full.
    pub(super) half: bool,
    /// Whether it is written with a last dimension of one.
    pub(super) column: bool,
}

fn tensor(name: String, array: String, half: bool) -> Tensor {
    Tensor { name, array, part: (0, 1), half, column: false }
}

/// Every tensor of a model with so many layers, in the order of writing.
pub(super) fn tensors(encoder_layers: usize, decoder_layers: usize) -> Vec<Tensor> {
    let mut all = Vec::new();
    for side in ["encoder", "decoder"] {
        let position = format!("{side}.positional_embedding");
        all.push(tensor(position, format!("{side}/position_encodings/encodings"), false));
    }
    for conv in ["conv1", "conv2"] {
        all.push(tensor(format!("encoder.{conv}.weight"), format!("encoder/{conv}/weight"), true));
        let bias = tensor(format!("encoder.{conv}.bias"), format!("encoder/{conv}/bias"), false);
        all.push(Tensor { column: true, ..bias });
    }
    all.push(tensor("decoder.token_embedding.weight".to_owned(), "decoder/embeddings/weight".to_owned(), true));
    norm(&mut all, "encoder.ln_post", "encoder/layer_norm");
    norm(&mut all, "decoder.ln", "decoder/layer_norm");
    for (side, layers) in [("encoder", encoder_layers), ("decoder", decoder_layers)] {
        for layer in 0..layers {
            let (name, array) = (format!("{side}.blocks.{layer}"), format!("{side}/layer_{layer}"));
            norm(&mut all, &format!("{name}.attn_ln"), &format!("{array}/self_attention/layer_norm"));
            let own = format!("{array}/self_attention");
            for (index, role) in ["query", "key", "value"].into_iter().enumerate() {
                linear(&mut all, &format!("{name}.attn.{role}"), &format!("{own}/linear_0"), (index, 3), role != "key");
            }
            linear(&mut all, &format!("{name}.attn.out"), &format!("{own}/linear_1"), (0, 1), true);
            if side == "decoder" {
                let cross = format!("{array}/attention");
                norm(&mut all, &format!("{name}.cross_attn_ln"), &format!("{cross}/layer_norm"));
                linear(&mut all, &format!("{name}.cross_attn.query"), &format!("{cross}/linear_0"), (0, 1), true);
                linear(&mut all, &format!("{name}.cross_attn.key"), &format!("{cross}/linear_1"), (0, 2), false);
                linear(&mut all, &format!("{name}.cross_attn.value"), &format!("{cross}/linear_1"), (1, 2), true);
                linear(&mut all, &format!("{name}.cross_attn.out"), &format!("{cross}/linear_2"), (0, 1), true);
            }
            norm(&mut all, &format!("{name}.mlp_ln"), &format!("{array}/ffn/layer_norm"));
            linear(&mut all, &format!("{name}.mlp.0"), &format!("{array}/ffn/linear_0"), (0, 1), true);
            linear(&mut all, &format!("{name}.mlp.2"), &format!("{array}/ffn/linear_1"), (0, 1), true);
        }
    }
    all
}

fn norm(all: &mut Vec<Tensor>, name: &str, array: &str) {
    all.push(tensor(format!("{name}.weight"), format!("{array}/gamma"), false));
    all.push(tensor(format!("{name}.bias"), format!("{array}/beta"), false));
}

fn linear(all: &mut Vec<Tensor>, name: &str, array: &str, part: (usize, usize), biased: bool) {
    all.push(Tensor { part, ..tensor(format!("{name}.weight"), format!("{array}/weight"), true) });
    if biased {
        // The stacked bias has room for the key's too; it is zero there.
        all.push(Tensor { part, ..tensor(format!("{name}.bias"), format!("{array}/bias"), false) });
    }
}
