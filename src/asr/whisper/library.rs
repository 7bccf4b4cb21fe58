//! The calls into whisper.cpp: the only unsafe code of the program.
//!
//! The safe interface of the bindings reads encoder and decoder of a state from one model. Here they may be two, so
//! that each half is kept in the precision in which it runs fastest: the encoder multiplies matrices, the decoder
//! reads its weights from memory once for every token.
#![allow(unsafe_code)]

use super::weights::{File, Stretch};
use crate::asr::AsrError;
use std::ffi::{CStr, CString, c_int, c_void};
use std::ptr::{self, NonNull};
use std::sync::Arc;
use whisper_rs::whisper_rs_sys as sys;

/// A loaded model.
pub(super) struct Network(NonNull<sys::whisper_context>);

// SAFETY: once loaded, whisper.cpp only reads a context; all that changes lies in the states.
unsafe impl Send for Network {}
// SAFETY: as above.
unsafe impl Sync for Network {}

impl Drop for Network {
    fn drop(&mut self) {
        // SAFETY: the pointer came from the loader and is freed once.
        unsafe { sys::whisper_free(self.0.as_ptr()) }
    }
}

/// Tokens that steer, and sizes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// End of text.
    pub(super) end: i32,
    /// Start of transcript.
    pub(super) start: i32,
    /// The two tasks.
    pub(super) translate: i32,
    pub(super) transcribe: i32,
    /// Nobody speaks.
    pub(super) no_speech: i32,
    /// The first time mark.
    pub(super) marks: i32,
    /// Number of all tokens.
    pub(super) tokens: i32,
    /// Whether there are tokens for languages.
    pub(super) multilingual: bool,
    /// Most tokens that the decoder can look back on.
    pub(super) text_positions: usize,
    /// Most positions of the encoder, 20 ms each.
    pub(super) audio_positions: usize,
}

impl Network {
    /// Loads the model in `file`.
    ///
    /// # Errors
    /// [`AsrError::Model`].
    pub(super) fn load(mut file: File<'_>, gpu: bool, flash_attention: bool) -> Result<Arc<Self>, AsrError> {
        let mut loader = sys::whisper_model_loader {
            context: (&raw mut file).cast::<c_void>(),
            read: Some(read),
            eof: Some(is_over),
            close: Some(close),
        };
        // SAFETY: plain values; `file` and `loader` outlive the call, after which nothing points to them.
        let context = unsafe {
            let mut params = sys::whisper_context_default_params();
            params.use_gpu = gpu;
            params.flash_attn = flash_attention;
            sys::whisper_init_with_params_no_state(&raw mut loader, params)
        };
        let context = NonNull::new(context).ok_or_else(|| unusable("whisper.cpp can't read it"))?;
        Ok(Arc::new(Self(context)))
    }

    /// Its tokens that steer, and its sizes.
    pub(super) fn layout(&self) -> Layout {
        let context = self.0.as_ptr();
        let size = |value: c_int| usize::try_from(value).unwrap_or(0);
        // SAFETY: the context is alive, and these calls read numbers from it.
        unsafe {
            Layout {
                end: sys::whisper_token_eot(context),
                start: sys::whisper_token_sot(context),
                translate: sys::whisper_token_translate(context),
                transcribe: sys::whisper_token_transcribe(context),
                no_speech: sys::whisper_token_nosp(context),
                marks: sys::whisper_token_beg(context),
                tokens: sys::whisper_n_vocab(context),
                multilingual: sys::whisper_is_multilingual(context) != 0,
                text_positions: size(sys::whisper_n_text_ctx(context)),
                audio_positions: size(sys::whisper_n_audio_ctx(context)),
            }
        }
    }

    /// The bytes of the token `id`: maybe only a part of a character.
    pub(super) fn bytes(&self, id: i32) -> &[u8] {
        // SAFETY: the library throws for tokens that it lacks, so only those are asked for that it has; what it gives
        // is a string with an end that lives as long as the context.
        unsafe {
            if !(0..sys::whisper_n_vocab(self.0.as_ptr())).contains(&id) {
                return &[];
            }
            let text = sys::whisper_token_to_str(self.0.as_ptr(), id);
            if text.is_null() { &[] } else { CStr::from_ptr(text).to_bytes() }
        }
    }

    /// `text` in tokens; none for one with a NUL.
    pub(super) fn tokens(&self, text: &str) -> Vec<i32> {
        let Ok(ended) = CString::new(text) else { return Vec::new() };
        // No token is shorter than a byte.
        let mut tokens = vec![0; text.len()];
        // SAFETY: the library writes at most as many tokens as it is told there is room for.
        let count = unsafe {
            sys::whisper_tokenize(self.0.as_ptr(), ended.as_ptr(), tokens.as_mut_ptr(), number(tokens.len()))
        };
        tokens.truncate(usize::try_from(count).unwrap_or(0));
        tokens
    }

    /// Width and depth of what encoder and decoder share, which must agree for the two to work together.
    fn shape(&self) -> [c_int; 5] {
        let context = self.0.as_ptr();
        // SAFETY: the context is alive, and these calls read numbers from it.
        unsafe {
            [
                sys::whisper_model_n_audio_ctx(context),
                sys::whisper_model_n_text_ctx(context),
                sys::whisper_model_n_text_state(context),
                sys::whisper_model_n_text_head(context),
                sys::whisper_model_n_text_layer(context),
            ]
        }
    }
}

/// Reads `size` bytes of the [`File`] at `file` to `output`; how many there were.
unsafe extern "C" fn read(file: *mut c_void, output: *mut c_void, size: usize) -> usize {
    let mut at = output.cast::<u8>();
    let mut done = 0;
    prefer_large_pages(at, size);
    // SAFETY: the loader hands back the pointer it was given and room for `size` bytes, of which no more are written
    // or passed over.
    unsafe {
        (*file.cast::<File<'_>>()).read(size, |stretch| {
            let length = match stretch {
                Stretch::Bytes(bytes) => {
                    ptr::copy_nonoverlapping(bytes.as_ptr(), at, bytes.len());
                    bytes.len()
                }
                // Memory that is never touched takes none.
                Stretch::Unused(length) => length,
            };
            at = at.add(length);
            done += length;
        });
    }
    done
}

/// Asks for large pages under the `size` bytes at `start`, where they are weights: every token reads all of the decoder's,
/// and small pages cost a fifteenth of its time.
fn prefer_large_pages(start: *const u8, size: usize) {
    const SMALLEST: usize = 1 << 17;
    #[cfg(target_os = "linux")]
    if size >= SMALLEST {
        let page = rustix::param::page_size();
        let first = start as usize / page * page;
        let length = (start as usize + size).next_multiple_of(page) - first;
        // SAFETY: the advice changes how memory is laid out, never what is in it, be it of this buffer or of its
        // neighbours; where it can't be taken, nothing happens.
        let _ = unsafe {
            let first = ptr::without_provenance_mut(first);
            rustix::mm::madvise(first, length, rustix::mm::Advice::LinuxHugepage)
        };
    }
}

unsafe extern "C" fn is_over(file: *mut c_void) -> bool {
    // SAFETY: as above.
    unsafe { (*file.cast::<File<'_>>()).is_over() }
}

unsafe extern "C" fn close(_: *mut c_void) {}

/// What one thread works with: encodes a window, then decodes it token by token.
pub(super) struct State {
    state: NonNull<sys::whisper_state>,
    encoder: Arc<Network>,
    decoder: Arc<Network>,
    vocabulary: usize,
    text_positions: usize,
}

// SAFETY: a state is used by the thread that owns it; nothing in it is bound to the thread that made it.
unsafe impl Send for State {}

impl Drop for State {
    fn drop(&mut self) {
        // SAFETY: the pointer came from `whisper_init_state` and is freed once.
        unsafe { sys::whisper_free_state(self.state.as_ptr()) }
    }
}

impl State {
    /// A state that encodes with `encoder` and decodes with `decoder`: the same network, or two of the same shape.
    ///
    /// # Errors
    /// [`AsrError::Model`] where they don't fit, or memory is short.
    pub(super) fn new(encoder: &Arc<Network>, decoder: &Arc<Network>) -> Result<Self, AsrError> {
        if encoder.shape() != decoder.shape() {
            return Err(unusable("its halves don't fit"));
        }
        // SAFETY: the context is alive, and stays so as long as this state.
        let state = NonNull::new(unsafe { sys::whisper_init_state(encoder.0.as_ptr()) });
        let state = state.ok_or_else(|| unusable("there is no memory for its states"))?;
        let layout = decoder.layout();
        Ok(Self {
            state,
            encoder: Arc::clone(encoder),
            decoder: Arc::clone(decoder),
            vocabulary: usize::try_from(layout.tokens).unwrap_or(0),
            text_positions: layout.text_positions,
        })
    }

    /// Encodes a spectrogram of `bands` rows into `positions` positions; see [`Mel`](super::mel::Mel).
    ///
    /// # Errors
    /// [`AsrError::Recogniser`].
    pub(super) fn encode(&mut self, spectrogram: &[f32], bands: usize, positions: usize) -> Result<(), AsrError> {
        self.set_positions(positions)?;
        let frames = spectrogram.len() / bands.max(1);
        let (context, state) = (self.encoder.0.as_ptr(), self.state.as_ptr());
        // SAFETY: the library copies `bands * frames` values, no more than the slice has.
        let code = unsafe {
            sys::whisper_set_mel_with_state(context, state, spectrogram.as_ptr(), number(frames), number(bands))
        };
        done(code, "the sound")?;
        // SAFETY: both are alive and belong together.
        done(unsafe { sys::whisper_encode_with_state(context, state, 0, 1) }, "the encoder")
    }

    /// Tells the state how many positions the encoder has.
    ///
    /// Only a whole run can set that, so this is one over 100 ms of silence, the length up to which a run does nothing.
    fn set_positions(&mut self, positions: usize) -> Result<(), AsrError> {
        const SILENCE: [f32; 1760] = [0.0; 1760];
        // SAFETY: parameters are plain values, and the samples outlive the call.
        let code = unsafe {
            let mut params = sys::whisper_full_default_params(sys::whisper_sampling_strategy_WHISPER_SAMPLING_GREEDY);
            params.n_threads = 1;
            params.no_context = true;
            params.temperature_inc = 0.0;
            params.audio_ctx = number(positions);
            params.print_progress = false;
            params.print_realtime = false;
            params.print_timestamps = false;
            sys::whisper_full_with_state(
                self.encoder.0.as_ptr(),
                self.state.as_ptr(),
                params,
                SILENCE.as_ptr(),
                number(SILENCE.len()),
            )
        };
        done(code, "the size of the window")
    }

    /// Decodes `tokens` after the first `past` ones; gives the scores (logits) of every token that may come next.
    ///
    /// # Errors
    /// [`AsrError::Recogniser`], too where there is no room for so many tokens.
    pub(super) fn decode(&mut self, tokens: &[i32], past: usize) -> Result<&[f32], AsrError> {
        if tokens.is_empty() || past + tokens.len() > self.text_positions {
            return Err(failed("no room for more tokens"));
        }
        let (context, state) = (self.decoder.0.as_ptr(), self.state.as_ptr());
        // SAFETY: the library copies `tokens`, which are numbers of this vocabulary.
        let code = unsafe {
            sys::whisper_decode_with_state(context, state, tokens.as_ptr(), number(tokens.len()), number(past), 1)
        };
        done(code, "the decoder")?;
        // SAFETY: after a run the library holds a row of scores for each token, of which it fills the last; it stays
        // where it is until the state is changed again, which needs the borrow back.
        unsafe {
            let rows = sys::whisper_get_logits_from_state(state);
            if rows.is_null() {
                return Err(failed("the decoder gave nothing"));
            }
            Ok(std::slice::from_raw_parts(rows.add((tokens.len() - 1) * self.vocabulary), self.vocabulary))
        }
    }
}

/// The name of a language by its index, and the other way round.
pub(super) fn language_name(index: usize) -> Option<&'static str> {
    whisper_rs::get_lang_str(i32::try_from(index).ok()?)
}

/// The index of the language with an ISO 639-1 code.
pub(super) fn language_index(code: &str) -> Option<i32> {
    // The look-up of the bindings panics on a NUL.
    let code = Some(code).filter(|code| code.bytes().all(|byte| byte.is_ascii_alphabetic()))?;
    whisper_rs::get_lang_id(code).filter(|index| *index >= 0)
}

fn number(value: usize) -> c_int {
    c_int::try_from(value).unwrap_or(c_int::MAX)
}

fn done(code: c_int, what: &str) -> Result<(), AsrError> {
    if code == 0 { Ok(()) } else { Err(failed(&format!("{what}: whisper.cpp failed with code {code}"))) }
}

fn failed(reason: &str) -> AsrError {
    AsrError::Recogniser { reason: reason.to_owned() }
}

fn unusable(reason: &str) -> AsrError {
    AsrError::Model { reason: reason.to_owned() }
}
