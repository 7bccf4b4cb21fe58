//! Containers and their decoders: which reader opens what, which track is listened to, what stands in the way.
//!
//! Takes a window of a file and what it was recognised as; gives symphonia's reader, track and decoder. Must not decode.

use super::sniff::Container;
use super::source::Window;
use super::stream::StreamError;
use std::io;
use std::sync::LazyLock;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known as codecs;
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::default::formats;

/// Decoders of this program: symphonia's own and libopus.
static DECODERS: LazyLock<CodecRegistry> = LazyLock::new(|| {
    let mut registry = CodecRegistry::new();
    symphonia::default::register_enabled_codecs(&mut registry);
    registry.register_audio_decoder::<symphonia_adapter_libopus::OpusDecoder>();
    registry
});

/// Opens the container that begins where `window` does.
pub(super) fn open_reader(window: Window, container: Container) -> Result<Box<dyn FormatReader>, Error> {
    let stream = MediaSourceStream::new(Box::new(window), Default::default());
    let options = FormatOptions::default();
    Ok(match container {
        Container::Adts => Box::new(formats::AdtsReader::try_new(stream, options)?),
        Container::Aiff => Box::new(formats::AiffReader::try_new(stream, options)?),
        Container::Caf => Box::new(formats::CafReader::try_new(stream, options)?),
        Container::Flac => Box::new(formats::FlacReader::try_new(stream, options)?),
        Container::Mkv => Box::new(formats::MkvReader::try_new(stream, options)?),
        Container::Mp4 => Box::new(formats::IsoMp4Reader::try_new(stream, options)?),
        Container::Mpeg => Box::new(formats::MpaReader::try_new(stream, options)?),
        Container::Ogg => Box::new(formats::OggReader::try_new(stream, options)?),
    })
}

/// A container that was recognised and can't be opened: its header is broken, but for two that name encodings there.
pub(super) fn reader_error(error: Error, container: Container) -> StreamError {
    match error {
        Error::Unsupported(what) if !matches!(container, Container::Aiff | Container::Caf) => {
            StreamError::Header(if container == Container::Mp4 && what.contains("moov") {
                "its index is missing, as if the recorder was stopped before it could write it".into()
            } else {
                what.to_owned()
            })
        }
        error => header_error(error),
    }
}

/// The track to listen to: its id, parameters, seconds a tick, frames.
pub(super) type AudioTrack = (u32, AudioCodecParameters, Option<f64>, Option<u64>);

/// Finds the track to listen to.
pub(super) fn audio_track(reader: &dyn FormatReader) -> Result<AudioTrack, StreamError> {
    let track = reader.default_track(TrackType::Audio).or_else(|| reader.first_track(TrackType::Audio));
    let Some(track) = track else {
        return Err(if reader.tracks().is_empty() {
            StreamError::Header("it has no track".into())
        } else {
            StreamError::Unsupported("a container without a known sound track".into())
        });
    };
    let Some(CodecParameters::Audio(parameters)) = &track.codec_params else {
        return Err(StreamError::Unsupported("a container without a known sound track".into()));
    };
    let seconds = track.time_base.map(|base| f64::from(base.numer.get()) / f64::from(base.denom.get()));
    Ok((track.id, parameters.clone(), seconds, track.num_frames))
}

/// Makes the decoder for what a container names.
pub(super) fn make_decoder(parameters: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>, StreamError> {
    DECODERS.make_audio_decoder(parameters, &AudioDecoderOptions::default()).map_err(|error| match error {
        Error::Unsupported(what) => StreamError::Unsupported(match codec_name(parameters.codec) {
            Some(name) => name.to_owned(),
            None if DECODERS.get_audio_decoder(parameters.codec).is_some() => what.to_owned(),
            None => format!("an unknown encoding ({})", parameters.codec),
        }),
        error => header_error(error),
    })
}

fn header_error(error: Error) -> StreamError {
    match error {
        Error::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            StreamError::Header("it ends inside its header".into())
        }
        Error::IoError(error) => StreamError::Io(error),
        Error::Unsupported(what) => StreamError::Unsupported(what.to_owned()),
        error => StreamError::Header(error.to_string()),
    }
}

/// Encodings that containers name and that have no decoder here.
fn codec_name(codec: AudioCodecId) -> Option<&'static str> {
    Some(match codec {
        codecs::CODEC_ID_SPEEX => "Speex",
        codecs::CODEC_ID_AC3 => "AC-3",
        codecs::CODEC_ID_EAC3 => "E-AC-3",
        codecs::CODEC_ID_DCA => "DTS",
        codecs::CODEC_ID_WMA => "Windows Media Audio",
        codecs::CODEC_ID_WAVPACK => "WavPack",
        codecs::CODEC_ID_ADPCM_G722 => "G.722",
        codecs::CODEC_ID_ADPCM_G726 | codecs::CODEC_ID_ADPCM_G726LE => "G.726 ADPCM",
        _ => return None,
    })
}
