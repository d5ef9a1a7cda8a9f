/**
 * The functions that fragments may call: those that compute a value from their arguments and nothing else. Not here, and
 * so refused: what reads anything beside the row (`file`, `dictGet`, `joinGet`, `getSetting`, `hostName`, `filesystem…`,
 * the functions that read a table), what tells of the engine's blocks, parts and dictionaries, which hold neighbours' rows
 * (`blockSize`, `rowNumberInAllBlocks`, `lowCardinalityKeys`, `runningDifference`, `estimateCompressionRatio`), what waits
 * or fails on purpose (`sleep`, `throwIf`), what needs the network, and `in`, whose argument may name a table.
 *
 * A new function is one word here. `functions.test.ts` asks the engine whether it exists and whether it is an aggregate.
 */
const words = (text: string): readonly string[] => text.trim().split(/\s+/);

export const SCALARS: ReadonlySet<string> = new Set(
  words(`
  CAST accurateCastOrNull toString toBool toInt8 toInt16 toInt32 toInt64 toUInt8 toUInt16 toUInt32 toUInt64 toFloat32 toFloat64
  toInt64OrNull toInt64OrZero toUInt64OrNull toUInt64OrZero toFloat64OrNull toFloat64OrZero toFixedString toNullable
  toLowCardinality toDecimalString reinterpretAsUInt64 reinterpretAsInt64 reinterpretAsFloat64 reinterpretAsUInt32
  reinterpretAsFixedString
  abs sign negate plus minus multiply divide intDiv intDivOrZero modulo positiveModulo greatest least clamp gcd lcm
  floor ceil round trunc exp exp2 exp10 log log2 log10 log1p sqrt cbrt pow sqr sin cos tan asin acos atan atan2 sinh cosh
  tanh asinh acosh atanh degrees radians pi e isNaN isFinite isInfinite ifNotFinite
  bitAnd bitOr bitXor bitNot bitShiftLeft bitShiftRight bitTest bitCount
  equals notEquals less greater lessOrEquals greaterOrEquals and or not xor if multiIf ifNull nullIf coalesce
  assumeNotNull isNull isNotNull transform
  cityHash64 sipHash64 sipHash64Keyed sipHash128 xxHash64 xxHash32 xxh3 farmHash64 metroHash64 murmurHash3_64 halfMD5 MD5 intHash32 intHash64
  length lengthUTF8 empty notEmpty lower upper lowerUTF8 upperUTF8 concat concatWithSeparator substring substringUTF8 left
  right leftPad rightPad repeat reverse trimBoth trimLeft trimRight startsWith endsWith startsWithUTF8 endsWithUTF8 position
  positionUTF8 positionCaseInsensitive positionCaseInsensitiveUTF8 like ilike notLike notILike match multiMatchAny multiSearchAny
  multiSearchAnyCaseInsensitive multiSearchFirstIndex multiSearchFirstPosition countSubstrings countMatches extract extractAll extractGroups
  regexpExtract replaceOne replaceAll replaceRegexpOne replaceRegexpAll translate splitByChar splitByString
  splitByRegexp splitByNonAlpha splitByWhitespace tokens hasToken hasTokenOrNull hasAllTokens hasAnyTokens hasPhrase hex
  unhex char ascii base64Encode base64Decode tryBase64Decode toValidUTF8 isValidUTF8 format
  JSONHas JSONLength JSONType JSONKey JSONExtract JSONExtractBool JSONExtractInt JSONExtractUInt JSONExtractFloat
  JSONExtractString JSONExtractRaw JSONExtractKeys JSONExtractArrayRaw JSONExtractKeysAndValues
  JSONExtractKeysAndValuesRaw simpleJSONHas simpleJSONExtractString simpleJSONExtractRaw toJSONString isValidJSON
  array arrayElement arrayElementOrNull has hasAll hasAny hasSubstr indexOf arrayMap arrayFilter arrayExists arrayAll
  arrayCount arraySum arrayAvg arrayMin arrayMax arrayProduct arrayFirst arrayFirstIndex arrayFirstOrNull arrayLast
  arrayLastIndex arrayLastOrNull arrayFold arrayFill arrayReverseFill arraySplit arrayReverseSplit arraySort arrayReverseSort
  arrayPartialSort arrayPartialReverseSort arrayReverse arrayConcat arraySlice arrayResize arrayPushBack arrayPushFront
  arrayPopBack arrayPopFront arrayDistinct arrayUniq arrayCompact arrayEnumerate arrayEnumerateUniq arrayDifference
  arrayCumSum arrayCumSumNonNegative arrayReduce arrayFlatten arrayZip arrayStringConcat arrayIntersect arrayUnion arrayExcept
  arrayWithConstant arrayShiftLeft arrayShiftRight arrayRotateLeft arrayRotateRight range countEqual emptyArrayString
  emptyArrayUInt64 emptyArrayInt64 emptyArrayFloat64 emptyArrayToSingle
  map mapFromArrays mapKeys mapValues mapContains mapContainsKey mapContainsValue mapContainsKeyLike mapContainsValueLike
  mapExtractKeyLike mapExtractValueLike mapFilter mapApply mapExists mapAll mapConcat mapUpdate mapAdd mapSubtract mapSort
  mapReverseSort mapPopulateSeries
  tuple tupleElement tupleConcat tuplePlus tupleMinus
  toDate toDate32 toDateTime toDateTime64 toYear toMonth toDayOfMonth toDayOfWeek toHour toMinute toSecond toMonday
  toStartOfInterval toStartOfSecond toStartOfMinute toStartOfFiveMinutes toStartOfFifteenMinutes toStartOfHour toStartOfDay
  toStartOfWeek toStartOfMonth toStartOfMillisecond toTimezone toUnixTimestamp toUnixTimestamp64Second
  toUnixTimestamp64Milli toUnixTimestamp64Micro toUnixTimestamp64Nano fromUnixTimestamp fromUnixTimestamp64Second
  fromUnixTimestamp64Milli fromUnixTimestamp64Micro fromUnixTimestamp64Nano addSeconds addMinutes addHours addDays
  subtractSeconds subtractMinutes subtractHours subtractDays addNanoseconds subtractNanoseconds addMilliseconds
  subtractMilliseconds toIntervalNanosecond toIntervalMillisecond toIntervalSecond toIntervalMinute toIntervalHour
  toIntervalDay dateDiff toYYYYMMDD makeDate makeDateTime makeDateTime64
  byteSize materialize identity ignore toTypeName finalizeAggregation timeSeriesRange timeSeriesFromGrid
  `),
);

const AGGREGATES = words(`
  count sum sumKahan sumWithOverflow sumCount avg avgWeighted min max any anyLast anyHeavy argMin argMax argAndMin argAndMax
  uniq uniqExact uniqCombined uniqCombined64 uniqHLL12 uniqUpTo
  quantile quantiles quantileExact quantilesExact quantileExactWeighted quantilesExactWeighted quantileExactLow quantileExactHigh
  quantileTDigest quantilesTDigest quantileTDigestWeighted quantilesTDigestWeighted quantileDD quantilesDD quantileGK quantilesGK
  quantileTiming quantilesTiming quantileInterpolatedWeighted quantilesInterpolatedWeighted quantileDeterministic
  quantilePrometheusHistogram quantilesPrometheusHistogram quantileExactInclusive quantilesExactInclusive
  groupArray groupArrayLast groupArraySample groupArraySorted groupArrayInsertAt groupUniqArray groupBitAnd groupBitOr groupBitXor
  groupConcat sumMappedArrays minMappedArrays maxMappedArrays sumMapFiltered sumMapWithOverflow
  topK topKWeighted approx_top_k approx_top_sum histogram
  deltaSum deltaSumTimestamp stddevPop stddevSamp varPop varSamp covarPop covarSamp corr simpleLinearRegression
  exponentialMovingAverage exponentialTimeDecayedAvg largestTriangleThreeBuckets maxIntersections singleValueOrNull
  windowFunnel sequenceMatch sequenceCount retention
  timeSeriesRateToGrid timeSeriesIncreaseToGrid timeSeriesDeltaToGrid timeSeriesInstantRateToGrid timeSeriesInstantDeltaToGrid
  timeSeriesLastTwoSamples timeSeriesResampleToGridWithStaleness timeSeriesDerivToGrid timeSeriesPredictLinearToGrid
  timeSeriesChangesToGrid timeSeriesResetsToGrid timeSeriesGroupArray
`);

/** With OVER: one value per row, so they make no aggregation of their node. Aggregates may stand before OVER as well. */
export const WINDOWS: ReadonlySet<string> = new Set(
  words('lagInFrame leadInFrame lag lead row_number rank denseRank percentRank nth_value ntile first_value last_value'),
);

/** Put behind an aggregate's name, several in a row, they change which rows it sees or how it answers. */
const COMBINATORS = words(
  'If Array Map SimpleState State Merge MergeState ForEach Distinct OrDefault OrNull Resample ArgMin ArgMax',
);

const aggregates = new Set(AGGREGATES);

export function isAggregate(name: string): boolean {
  if (aggregates.has(name)) return true;
  return COMBINATORS.some((one) => name.endsWith(one) && isAggregate(name.slice(0, -one.length)));
}

export function isKnownFunction(name: string): boolean {
  return SCALARS.has(name) || WINDOWS.has(name) || isAggregate(name);
}

export const FUNCTION_LISTS = { scalars: [...SCALARS], aggregates: AGGREGATES, windows: [...WINDOWS] } as const;
