//! Pictures, documents, films and sound in a message.
//! Not for: the media formats of models that are called with InvokeModel.

use bedrock_codegen::codegen_at_use;

use crate::wire::Blob;

wire_struct! {
    /// An object in S3.
    pub struct S3Location {
        /// `s3://bucket/key`, at most 1024 characters.
        "uri" uri: String,
        /// The account that owns the bucket (12 digits), where it is not the caller's.
        "bucketOwner" bucket_owner: Option<String>,
    }
    /// Why a piece of media could not be made or read.
    pub struct ErrorBlock {
        /// The reason.
        "message" message: Option<String>,
    }
    /// Whether the model is to cite this source.
    pub struct CitationsConfig {
        /// On or off.
        "enabled" enabled: bool,
    }
}

wire_enum! {
    /// The file formats of a picture.
    pub enum ImageFormat {
        /// PNG.
        "png" => Png,
        /// JPEG.
        "jpeg" => Jpeg,
        /// GIF.
        "gif" => Gif,
        /// WebP.
        "webp" => Webp,
    }
    /// The file formats of a document.
    pub enum DocumentFormat {
        /// PDF.
        "pdf" => Pdf,
        /// Comma-separated values.
        "csv" => Csv,
        /// Word, the old binary format.
        "doc" => Doc,
        /// Word.
        "docx" => Docx,
        /// Excel, the old binary format.
        "xls" => Xls,
        /// Excel.
        "xlsx" => Xlsx,
        /// HTML.
        "html" => Html,
        /// Plain text.
        "txt" => Txt,
        /// Markdown.
        "md" => Md,
    }
    /// The file formats of a film.
    pub enum VideoFormat {
        /// Matroska.
        "mkv" => Mkv,
        /// QuickTime.
        "mov" => Mov,
        /// MPEG-4.
        "mp4" => Mp4,
        /// WebM.
        "webm" => Webm,
        /// Flash video.
        "flv" => Flv,
        /// MPEG, long file ending.
        "mpeg" => Mpeg,
        /// MPEG, short file ending.
        "mpg" => Mpg,
        /// Windows Media.
        "wmv" => Wmv,
        /// 3GP.
        "three_gp" => ThreeGp,
    }
    /// The file formats of a sound recording.
    pub enum AudioFormat {
        /// MP3.
        "mp3" => Mp3,
        /// Opus.
        "opus" => Opus,
        /// WAV.
        "wav" => Wav,
        /// AAC.
        "aac" => Aac,
        /// FLAC.
        "flac" => Flac,
        /// MPEG-4.
        "mp4" => Mp4,
        /// Ogg.
        "ogg" => Ogg,
        /// Matroska.
        "mkv" => Mkv,
        /// Matroska, sound only.
        "mka" => Mka,
        /// AAC under its unregistered media type.
        "x-aac" => XAac,
        /// MPEG-4, sound only.
        "m4a" => M4a,
        /// MPEG.
        "mpeg" => Mpeg,
        /// MPEG sound.
        "mpga" => Mpga,
        /// Raw samples.
        "pcm" => Pcm,
        /// WebM.
        "webm" => Webm,
    }
}

wire_struct! {
    /// A picture.
    pub struct ImageBlock {
        /// Its file format.
        "format" format: ImageFormat,
        /// Its bytes, or where they are.
        "source" source: ImageSource,
        /// Why there is no picture. Only in answers.
        "error" error: Option<ErrorBlock>,
    }
    /// A document.
    pub struct DocumentBlock {
        /// Its file format. A document given as `text` or `content` needs none.
        "format" format: Option<DocumentFormat>,
        /// What the model knows it by: 1 to 200 characters of letters, digits, single spaces and `-()[]`. The model reads
        /// the name, so a name from a stranger can carry instructions; a neutral one is safer.
        "name" name: String,
        /// Its bytes, text or parts, or where they are.
        "source" source: DocumentSource,
        /// What the document is about, for a model that cites it.
        "context" context: Option<String>,
        /// Whether the model is to cite it.
        "citations" citations: Option<CitationsConfig>,
    }
    /// A film.
    pub struct VideoBlock {
        /// Its file format.
        "format" format: VideoFormat,
        /// Its bytes, or where they are.
        "source" source: VideoSource,
    }
    /// A sound recording.
    pub struct AudioBlock {
        /// Its file format.
        "format" format: AudioFormat,
        /// Its bytes, or where they are.
        "source" source: AudioSource,
        /// Why there is no sound. Only in answers.
        "error" error: Option<ErrorBlock>,
    }
}

wire_union! {
    /// Where a picture's bytes are.
    pub enum ImageSource {
        /// Here.
        "bytes" => Bytes(Blob),
        /// In S3.
        "s3Location" => S3Location(S3Location),
    }
    /// Where a document's content is.
    pub enum DocumentSource {
        /// Here, as the bytes of its file.
        "bytes" => Bytes(Blob),
        /// In S3.
        "s3Location" => S3Location(S3Location),
        /// Here, as text.
        "text" => Text(String),
        /// Here, as parts that can be cited one by one.
        "content" => Content(Vec<DocumentContentBlock>),
    }
    /// A part of a document.
    pub enum DocumentContentBlock {
        /// Text.
        "text" => Text(String),
    }
    /// Where a film's bytes are.
    pub enum VideoSource {
        /// Here.
        "bytes" => Bytes(Blob),
        /// In S3.
        "s3Location" => S3Location(S3Location),
    }
    /// Where a sound recording's bytes are.
    pub enum AudioSource {
        /// Here.
        "bytes" => Bytes(Blob),
        /// In S3.
        "s3Location" => S3Location(S3Location),
    }
}

impl S3Location {
    /// An object in a bucket of the caller's own account.
    #[must_use]
    pub fn new(uri: impl Into<String>) -> Self {
        Self { uri: uri.into(), ..Self::default() }
    }
}

#[codegen_at_use]
impl DocumentBlock {
    /// A document as the bytes of its file, under a name for the model: letters, digits, single spaces, hyphens and brackets.
    ///
    /// ```
    /// use bedrock_formats::converse::{DocumentBlock, DocumentFormat, Message};
    ///
    /// let report = DocumentBlock::from_bytes(DocumentFormat::Pdf, "report", b"%PDF-1.7");
    /// let question = Message::user("What does it say?").block(report.cited());
    /// assert_eq!(question.content.len(), 2);
    /// ```
    #[must_use]
    pub fn from_bytes(format: DocumentFormat, name: impl Into<String>, bytes: impl AsRef<[u8]>) -> Self {
        Self::new(Some(format), name, DocumentSource::Bytes(Blob::from_bytes(bytes)))
    }

    /// A document that lies in S3.
    #[must_use]
    pub fn from_s3(format: DocumentFormat, name: impl Into<String>, location: S3Location) -> Self {
        Self::new(Some(format), name, DocumentSource::S3Location(location))
    }

    fn new(format: Option<DocumentFormat>, name: impl Into<String>, source: DocumentSource) -> Self {
        Self { format, name: name.into(), source, ..Self::default() }
    }

    /// A document as text.
    #[must_use]
    pub fn from_text(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(None, name, DocumentSource::Text(text.into()))
    }

    /// The same document, to be cited by the model.
    #[must_use]
    pub fn cited(mut self) -> Self {
        self.citations = Some(CitationsConfig { enabled: true, ..CitationsConfig::default() });
        self
    }
}

macro_rules! from_bytes {
    ($($block:ident, $format:ident, $source:ident, $what:literal;)*) => {$(
        impl $block {
            #[doc = concat!($what, " given as the bytes of its file.")]
            #[must_use]
            pub fn from_bytes(format: $format, bytes: impl AsRef<[u8]>) -> Self {
                Self { format, source: $source::Bytes(Blob::from_bytes(bytes)), ..Self::default() }
            }

            #[doc = concat!($what, " that lies in S3.")]
            #[must_use]
            pub fn from_s3(format: $format, location: S3Location) -> Self {
                Self { format, source: $source::S3Location(location), ..Self::default() }
            }
        }
    )*};
}

from_bytes! {
    ImageBlock, ImageFormat, ImageSource, "A picture";
    VideoBlock, VideoFormat, VideoSource, "A film";
    AudioBlock, AudioFormat, AudioSource, "A sound recording";
}
