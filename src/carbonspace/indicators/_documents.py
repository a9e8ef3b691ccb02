"""The documents that indicators are taken from, as they are cited."""

from __future__ import annotations

SHANGDANG = "长治市上党区低碳建设规划 (2023–2035)"
BAYANNUR = "巴彦淖尔市城乡建设领域碳达峰实施方案"
LIANYUNGANG = "连云港市城乡建设领域碳达峰实施方案 (2024)"
JIUJIANG = "九江市城乡建设领域碳达峰实施方案"
PKU = "面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023)"
COUNTY_2021 = "建村〔2021〕45号 关于加强县城绿色低碳建设的意见"
HEALTH_CHECK_2021 = "住房和城乡建设部 2021 年城市体检指标体系"
PEAK_2022 = "城乡建设领域碳达峰实施方案 (2022)"
GB_50180 = "GB 50180-2018"
